"""What scripts do on either side, and what they are given: what a shell would do otherwise is never passed over."""

import pytest

from hardener.compare.settings.scripts import program
from tests.compared import compared, edited, rendered, told
from tests.control_planes import SILENT

APPROVER = "control-plane/approve-serving-certificates.sh"
OTHER = f"weaker settings: {APPROVER} is another program than before (it cannot be decided what a script does)"
NAMES = "api_server_names() {\n    tr -d '\"' << 'END'\n"
ASKS = "ask get certificatesigningrequests \\\n"
APPROVED = "settings: a kubelet's certificate"

# What is changed, what stands there then, and what is told; and what is told of the way back.
EDITED = {
    "a name that a kubelet may not have": (
        (NAMES, f'{NAMES}"worker-1"\n'),
        [f"stronger {APPROVED} is never approved for the name worker-1"],
        [f"weaker {APPROVED} may be approved for the name worker-1"],
    ),
    "a comment that ends a command": ((ASKS, f"{ASKS}# leaders, too\n"), [OTHER], [OTHER]),
    "a comment inside quotes": (("set -eu", "set -eu\nprintf '\n# rm\n'"), [OTHER], [OTHER]),
    "a comment": (("work=$(mktemp -d)", "# Where to work.\nwork=$(mktemp -d)"), [], []),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_a_script_does_otherwise_is_told(name):
    (old, new), there, back = EDITED[name]
    whole = rendered(SILENT)
    changed = edited(whole, APPROVER, old, new)
    assert told(compared(whole, changed)) == there
    assert told(compared(changed, whole)) == back


# A shell runs a word of each second line, or reads it as a part of another word.
CODE = {
    "a line that goes on": "true \\\n# x",
    "single quotes": "awk '\n# x\n'",
    "double quotes": 'echo "\n# x\n"',
    "quotes inside others": "echo \"it's\" '\n# x\n'",
    "a quote behind a backslash": "echo \\' '\n# x\n'",
    "a here-document of another mark": "cat << EOF\n# x\nEOF",
    "a here-document in two of ours": "cat <<MORE << 'END'\ngiven\nEND\n# x\nMORE",
}


@pytest.mark.parametrize("name", CODE)
def test_what_looks_like_a_comment_is_code(name):
    assert program(CODE[name]).text != program(CODE[name].replace("# x", "# y")).text


COMMENTS = {
    "behind a comment with a quote": "true # it's\n# x\n",
    "behind a comment that ends in a backslash": "true\n# a \\\n# x\n",
    "behind quotes that are closed": "echo \"it's\" 'a\" b'\n# x\n",
    "behind what counts": "[ $# -gt 0 ]\n# x\n",
    "behind what is given": "tr -d '\"' << 'END'\n\"it's\"\nEND\n# x\n",
}


@pytest.mark.parametrize("name", COMMENTS)
def test_a_comment_is_left_out(name):
    assert program(COMMENTS[name]) == program(COMMENTS[name].replace("# x", "# y"))


def test_every_comment_of_a_script_of_ours_is_left_out_but_those_of_programs_in_quotes():
    for file, text in rendered(SILENT).files.items():
        if file.endswith(".sh"):
            assert not [line for line in program(text).text[1:] if line.startswith(("#", "    #"))], file
