"""The page that lists the public names."""

from pathlib import Path

from tools.api_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_has_every_public_name_with_its_signature():
    """A name or a signature that changes for users changes docs/api.md: `make api` writes it."""
    assert page() == (ROOT / "docs/api.md").read_text(encoding="utf-8")
