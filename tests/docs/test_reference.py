"""The pages that the code determines."""

from pathlib import Path

from reference_pages import TARGET, pages


def test_pages_of_commands_and_options_are_what_the_code_says():
    """A change of an option or of a command's help changes its page: `make api` writes it."""
    written = {path: (TARGET / path).read_text(encoding="utf-8") for path in pages()}
    assert written == pages()


def test_no_page_stays_of_a_command_that_is_gone():
    """docs/commands/ has the pages of today's commands only."""
    assert {f"commands/{file.name}" for file in Path(TARGET, "commands").iterdir()} == {
        path for path in pages() if path.startswith("commands/")
    }
