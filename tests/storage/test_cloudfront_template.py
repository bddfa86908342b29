"""The shape of the template that operators give to CloudFormation; AWS itself has not seen it."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml  # type: ignore[import-untyped]

from storage import keys

_FILE = Path(__file__).resolve().parents[2] / "ops/deploy/cloudfront/aula-streams.yaml"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads CloudFormation's short tags as pairs of tag and value."""


_Loader.add_multi_constructor("!", lambda loader, tag, node: (tag, getattr(node, "value", None)))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template."""
    found: dict[str, Any] = yaml.load(_FILE.read_text(), _Loader)
    return found


def behaviours(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Every cache behaviour, the default one last."""
    config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    return [*config["CacheBehaviors"], config["DefaultCacheBehavior"]]


def test_the_bucket_gives_nothing_without_a_signature_and_the_key_comes_from_the_api(template: dict[str, Any]) -> None:
    first, *rest = behaviours(template)
    assert (first["PathPattern"], first["TargetOriginId"]) == ("/stream/hls/*/content.key", "api")
    for behaviour in rest:
        assert behaviour["TargetOriginId"] == "bucket"
        assert behaviour["TrustedKeyGroups"] == [("Ref", "Keys")]
        assert behaviour["FunctionAssociations"]
    assert all(behaviour["ViewerProtocolPolicy"] == "https-only" for behaviour in behaviours(template))


def test_what_is_referred_to_is_there(template: dict[str, Any]) -> None:
    text = _FILE.read_text()
    known = set(template["Resources"]) | set(template["Parameters"])
    for name in re.findall(r"!Ref (\w+)|!GetAtt (\w+)\.|\$\{(\w+)\}", text):
        assert next(filter(None, name)) in known
    assert len(template["Resources"]["Keys"]["Properties"]["KeyGroupConfig"]["Items"]) == 2
    resources = template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    assert not any("originals" in value for _, value in resources)


def test_the_edge_takes_keys_and_nothing_else(template: dict[str, Any]) -> None:
    code = template["Resources"]["StripMount"]["Properties"]["FunctionCode"]
    form = re.compile(re.search(r"!/(.*)/\.test", code)[1].replace("\\/", "/"))  # type: ignore[index]
    asset, version = uuid4(), uuid4()
    for key in (
        keys.master(asset, version),
        keys.track_file(asset, version, "720p", "c0000-abc_00000.m4s"),
        keys.still(asset, version, "poster.jpg"),
    ):
        assert form.search(f"/stream/{key}")
        for other in (f"/{key}", f"/stream/{key}/", f"/stream/{key}%00", f"/stream/x/../{key}", f"/stream/hls/../{key}"):
            assert not form.search(other)
    assert not form.search(f"/stream/{keys.original(asset)}")
