"""What the site does to the lessons: answers are folded until asked for, and notebooks end with "Your turn"."""

import json
import re
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
_ANSWER = re.compile(r"^\*\*Answer\.\*\* ((?:.+\n?)+)", re.M)
# What the page of a lesson says of the notebook, which is not elsewhere in the notebook itself.
_ELSEWHERE = re.compile(
    r"\b([Ii])n the notebook at the foot of this page,? (?:a|the next) cell"
)
_INCLUDED = re.compile(r"^\.\. literalinclude::.*\n(?:   :.*\n)*", re.M)


def fold_answers(app, page: str, source: list) -> None:
    """Make a dropdown of the answer; the style sheet hides the code after it with it."""
    if page.startswith("auto_examples/plot_"):
        source[0] = _ANSWER.sub(
            lambda answer: (
                f".. dropdown:: Answer\n   :class-container: answer\n\n{textwrap.indent(answer[1], '   ')}\n"
            ),
            source[0],
        )


def finish_notebooks(app) -> None:
    """Fold the answers of the notebooks too, and add the function to complete, and the cell that checks it."""
    for path in sorted(
        (Path(app.srcdir) / "auto_examples").glob("plot_*.ipynb")
    ):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        turn = (
            HERE.parent
            / "examples"
            / "course"
            / "your_turn"
            / f"turn_{path.name[5:7]}.py"
        )
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                text = _ANSWER.sub(
                    lambda answer: (
                        f"<details><summary>Answer</summary>\n\n{answer[1].strip()}\n\n</details>\n"
                    ),
                    text,
                )
                text = _ELSEWHERE.sub(
                    lambda words: (
                        "The last cell"
                        if words[1] == "I"
                        else "the last cell"
                    ),
                    _INCLUDED.sub("", text),
                )
            cell["source"] = [text]
        if "your_turn" not in notebook["metadata"]:
            notebook["metadata"]["your_turn"] = turn.name
            notebook["cells"] += [
                _cell(part)
                for part in _parts(turn.read_text(encoding="utf-8"))
            ]
        path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def _parts(source: str) -> list[str]:
    """Return the parts of a script between its marks, with the imports in the first one, and without its docstring."""
    imports, *parts = re.split(
        r"^# %%\n",
        re.sub(r'\A""".*?"""\n+', "", source, flags=re.S),
        flags=re.M,
    )
    return [part.strip() for part in (imports + parts[0], *parts[1:])]


def _cell(source: str) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": [source],
    }
