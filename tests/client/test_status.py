"""How a lab's state is shown."""

from __future__ import annotations

from restrike_lab.client.status import LabStatus

BOOKS = {"port": 6000, "received": 12_345, "kernel_dropped": 0, "rejected": 2}


def test_a_court_has_a_line_with_its_books() -> None:
    shown = repr(LabStatus({"hub": {"courts": {"A": BOOKS}}, "courts": ["A"]}))
    assert shown == "court A  UDP port 6000: 12,345 received, 0 dropped by the system, 2 rejected"


def test_a_counter_that_the_platform_lacks_is_not_shown_as_nought() -> None:
    assert "not available dropped" in repr(
        LabStatus({"hub": {"courts": {"A": {**BOOKS, "kernel_dropped": None}}}, "courts": ["A"]})
    )


def test_without_a_hub_its_courts_are_not_listened_to() -> None:
    assert "not listened to now" in repr(LabStatus({"hub": None, "courts": ["A"]}))


def test_names_are_text_on_a_page_never_markup() -> None:
    shown = LabStatus({"hub": None, "courts": ["<script>alert(1)</script>"], "problem": "<b>"})._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_it_is_a_mapping() -> None:
    status = LabStatus({"hub": None, "courts": [], "epoch": 3})
    assert dict(status) == {"hub": None, "courts": [], "epoch": 3}
    assert len(status) == 3
