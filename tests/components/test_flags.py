"""Flags that a caller gives stand in for ours of the same name."""

from tests.components import flags


def test_flags_of_the_same_name_are_replaced_and_all_others_stay():
    assert flags.merged(["--a=1", "--ab=2"], ["--a=3", "--a=4", "--c"]) == ("--ab=2", "--a=3", "--a=4", "--c")


def test_a_flag_that_excludes_one_of_ours_replaces_it():
    ours = ["--authorization-mode=Node,RBAC", "--a=1"]
    assert flags.merged(ours, ["--authorization-config=/file"]) == ("--a=1", "--authorization-config=/file")
