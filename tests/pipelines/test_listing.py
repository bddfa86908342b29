"""Which tracks players are told of, and when."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from core.media import Part, Plan, TrackKind
from db.models import VersionState
from db.queries.versions import TrackFacts, VersionFacts
from pipelines.media.listing import Listing, first_rungs, list_tracks, master_tracks
from tests.transcoding.samples import sample_info, sample_part
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan

ID = UUID(int=7)
KEYS = KeyFrames(tuple(map(float, range(0, 40, 2))), 40)
PLAN = make_plan(sample_info(1280, 720, duration_s=40.0), KEYS)
FIRST = ("480p", "360p", "240p")


def _parts(track: str, plan: Plan, chunks: int) -> tuple[Part, ...]:
    """As many chunks of a track as are said, cut as planned."""
    made = []
    for chunk in plan.chunks[:chunks]:
        ends = (*chunk.cuts, chunk.duration_s)
        made.append(sample_part(track, chunk.index, [b - a for a, b in zip((0.0, *chunk.cuts), ends, strict=True)]))
    return tuple(made)


def _kind(track: str) -> TrackKind:
    return "audio" if track.startswith("audio") else "text" if track.startswith("text") else "video"


def _facts(
    chunks: Mapping[str, int], *, listed: Sequence[str] = (), plan: Plan = PLAN, settled: Sequence[str] = ("audio",)
) -> VersionFacts:
    tracks = {
        name: TrackFacts(name, _kind(name), _kind(name) != "text", name in listed, _parts(name, plan, count))
        for name, count in chunks.items()
    }
    return VersionFacts(ID, ID, plan, VersionState.BUILDING, tracks, frozenset(settled))


def _length(listing: Listing, track: str) -> float:
    return sum(segment.duration_s for part in listing.tracks[track] for segment in part.segments)


def test_a_video_starts_with_its_small_rungs_and_its_sound() -> None:
    assert {rung.name for rung in first_rungs(PLAN)} == set(FIRST)
    assert list_tracks(_facts({"720p": 0, **dict.fromkeys(FIRST, 1), "audio": 0})) is None
    listing = list_tracks(_facts({"720p": 0, **dict.fromkeys(FIRST, 1), "audio": 1}))
    assert listing is not None
    assert set(listing.tracks) == set(listing.joined) == {*FIRST, "audio"}
    assert not listing.ended


def test_a_large_rung_joins_when_it_holds_nobody_up() -> None:
    on_air = (*FIRST, "audio")
    behind = list_tracks(_facts({"720p": 2, **dict.fromkeys(FIRST, 3), "audio": 5}, listed=on_air))
    assert behind is not None
    assert "720p" not in behind.tracks
    abreast = list_tracks(_facts({"720p": 3, **dict.fromkeys(FIRST, 3), "audio": 5}, listed=on_air))
    assert abreast is not None
    assert abreast.joined == ("720p",)
    assert _length(abreast, "720p") == _length(abreast, "240p")


def test_who_is_on_air_stays_and_all_end_at_the_same_time() -> None:
    everything = ("720p", *FIRST, "audio")
    listing = list_tracks(_facts({"720p": 2, **dict.fromkeys(FIRST, 4), "audio": 5}, listed=everything))
    assert listing is not None
    assert {_length(listing, track) for track in everything} == {_length(listing, "720p")}


def test_the_end_comes_when_all_on_air_reach_it_and_the_rest_may_follow() -> None:
    count = len(PLAN.chunks)
    on_air = (*FIRST, "audio")
    ended = list_tracks(_facts({"720p": 1, **dict.fromkeys(FIRST, count), "audio": count}, listed=on_air))
    assert ended is not None
    assert ended.ended
    assert not ended.whole
    assert "720p" not in ended.tracks
    whole = list_tracks(_facts({"720p": count, **dict.fromkeys(FIRST, count), "audio": count}, listed=on_air))
    assert whole is not None
    assert whole.whole
    assert whole.joined == ("720p",)


def test_text_is_listed_whole_at_once_and_never_alone() -> None:
    assert list_tracks(_facts({**dict.fromkeys(FIRST, 0), "audio": 0, "text-en": 1})) is None
    listing = list_tracks(_facts({**dict.fromkeys(FIRST, 1), "audio": 1, "text-en": 3}))
    assert listing is not None
    assert _length(listing, "text-en") > _length(listing, "240p")


def test_a_normalised_sound_takes_the_place_of_the_quick_one_when_it_is_whole() -> None:
    count, on_air = len(PLAN.chunks), ("720p", *FIRST, "audio")
    chunks = {"720p": count, **dict.fromkeys(FIRST, count), "audio": count}
    growing = list_tracks(_facts({**chunks, "audio-r128": 2}, listed=on_air))
    assert growing is not None
    assert "audio-r128" not in growing.tracks
    assert not growing.whole
    whole = list_tracks(_facts({**chunks, "audio-r128": count}, listed=on_air))
    assert whole is not None
    assert whole.whole
    named = master_tracks(PLAN, whole.tracks)
    assert "audio-r128" in named
    assert "audio" not in named


def test_av1_joins_only_when_it_is_whole() -> None:
    h264 = next(rung for rung in PLAN.rungs if rung.name == "240p")
    plan = msgspec.structs.replace(PLAN, rungs=(*PLAN.rungs, msgspec.structs.replace(h264, name="240p-av1", codec="av1")))
    count, on_air = len(plan.chunks), ("720p", *FIRST, "audio")
    chunks = {"720p": count, **dict.fromkeys(FIRST, count), "audio": count}
    growing = list_tracks(_facts({**chunks, "240p-av1": count - 1}, listed=on_air, plan=plan))
    assert growing is not None
    assert "240p-av1" not in growing.tracks
    whole = list_tracks(_facts({**chunks, "240p-av1": count}, listed=on_air, plan=plan))
    assert whole is not None
    assert whole.joined == ("240p-av1",)


def test_an_end_is_not_taken_back_by_a_rung_that_lacks_a_sliver() -> None:
    count = len(PLAN.chunks)
    last = msgspec.structs.replace(PLAN.chunks[-1], index=count, start_s=40.0, duration_s=0.08, cuts=(), frames=2)
    plan = msgspec.structs.replace(PLAN, duration_s=40.08, chunks=(*PLAN.chunks, last))
    on_air = (*FIRST, "audio")
    # The sound ends a little early, as sounds do.
    chunks = {"720p": count, **dict.fromkeys(FIRST, count + 1), "audio": count}
    lacking = list_tracks(_facts(chunks, listed=on_air, plan=plan))
    assert lacking is not None
    assert (lacking.ended, lacking.whole, lacking.joined) == (True, False, ())
    there = list_tracks(_facts({**chunks, "720p": count + 1}, listed=on_air, plan=plan))
    assert there is not None
    assert (there.ended, there.whole, there.joined) == (True, True, ("720p",))
