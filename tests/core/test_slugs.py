"""Slugs from titles."""

import pytest

from core.slugs import MAX_LENGTH, slug_of, with_suffix


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Systems that last", "systems-that-last"),
        ("  C++ & Rust: a/b  ", "c-rust-a-b"),
        ("\u00dcber Gr\u00f6\u00dfe", "uber-grosse"),
        ("Cr\u00e8me br\u00fbl\u00e9e", "creme-brulee"),
        ("\u0141\u00f3d\u017a", "lodz"),
        ("\u30b7\u30b9\u30c6\u30e0", "course"),
        ("\u2460 \ufb01rst", "1-first"),
        ("---", "course"),
        ("x" * 200, "x" * MAX_LENGTH),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_slug_is_what_of_the_title_can_stand_in_an_address(title: str, slug: str) -> None:
    assert slug_of(title, "course") == slug


def test_a_suffix_fits() -> None:
    assert with_suffix("a", "2") == "a-2"
    assert len(with_suffix("a" * MAX_LENGTH, "27")) == MAX_LENGTH
    assert with_suffix("a" * 77 + "-bb", "2") == "a" * 77 + "-2"
