# SPDX-License-Identifier: Apache-2.0
"""postern-bridge --classify: what would have become of these mails?"""

import os
import pathlib
import subprocess

from postern import program

MAILS = pathlib.Path(os.environ["POSTERN_SRCDIR"]) / "tests/mail"


def classify(*paths, code=0):
    done = subprocess.run(
        [program("postern-bridge"), "--classify", *paths],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()], done.stderr


def test_all_mails_as_their_labels_say():
    names, *rows = (MAILS / "labels.tsv").read_text().splitlines()
    assert names.split("\t")[:4] == ["file", "kind", "hard", "status"]
    # who we are stands in settings, which it does not read
    wanted = {name: (kind, hard, status)
              for name, kind, hard, status, _ in
              (row.split("\t") for row in rows) if kind != "own"}
    found, said = classify(MAILS)
    assert not said
    got = {pathlib.Path(path).name: (kind, hard, status)
           for path, kind, hard, status, _ in found}
    assert len(wanted) > 600
    for name, row in wanted.items():
        assert got[name] == row, name


def test_directories_are_walked_and_what_is_no_mail_is_said(tmp_path):
    (tmp_path / "b/deep").mkdir(parents=True)
    mail = (MAILS / "person-thanks.eml").read_bytes()
    (tmp_path / "b/deep/2.eml").write_bytes(mail)
    (tmp_path / "a.eml").write_bytes(mail + b"x" * (5 << 20))
    (tmp_path / "c.eml").write_bytes(b"")
    (tmp_path / "d.eml").write_bytes(bytes(range(256)) * 16)
    found, _ = classify(tmp_path)
    assert [(pathlib.Path(row[0]).name, *row[1:4]) for row in found] == [
        ("a.eml", "person", "-", "-"), ("2.eml", "person", "-", "-"),
        ("c.eml", "malformed", "-", "-"), ("d.eml", "malformed", "-", "-")]
    found, said = classify(tmp_path / "none.eml", tmp_path / "a.eml", code=1)
    assert [row[1] for row in found] == ["person"]
    assert "none.eml" in said
