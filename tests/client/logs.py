"""Match logs of a console as it would export them, with the traps of the real ones; synthetic."""

from __future__ import annotations

from pathlib import Path

HEADER = (
    "matchStartTime,matchEndTime,matchNumber,phaseName,subCategoryName,categoryGender,categoryName,minBodyLevel,"
    "minHeadLevel,roundsConfig.rounds,roundsConfig.roundTimeMinutes,roundsConfig.roundTimeSeconds,matchWinner,"
    "matchWinnerBy,roundsWinners,matchResult,blueAthleteName,blueAthleteFlagName,matchNumber,redAthleteName,"
    "redAthleteFlagName"
)
ROW = (
    "20/07/2025 19:16:28:100,20/07/2025 19:26:28:100,245.A,Semifinals,-68kg,MALE,Seniors,20,5,3,2,0,BLUE,PTF,"
    '{""1"":""BLUE"",""2"":""RED"",""3"":""BLUE""},2-1,"Ćurić, Ana",CRO,,=cmd,MRN'
)
ITEM_COLUMNS = (
    "eventTime,roundNumber,roundTime,systemTime,matchLogItemType,entryValue,"
    "blueAddPoints,redAddPoints,score,blueVideoQuota"
)
START_MS = 1_753_038_990_000
ITEMS = (
    ("1", "120000", "START_MATCH", "", "", ""),
    ("1", "120000", "START_ROUND", "", "", ""),
    ("1", "117400", "BLUE_BODY_HIT", "43", "", ""),
    ("1", "117350", "BLUE_BODY_POINT", "", "2", "0"),
    ("1", "110000", "RED_HEAD_HIT", "7", "", ""),
    ("1", "109000", "BLUE_JUDGE_PUNCH_1", "", "", ""),
    ("1", "100000", "TIMEOUT", "", "", ""),
    ("1", "100000", "BLUE_ADD_GAME_JEON", "", "", "1"),
    ("1", "100000", "RESUME", "", "", ""),
    ("1", "0", "END_ROUND", "", "", ""),
    ("2", "120000", "START_ROUND", "", "", ""),
    ("2", "119000", "RED_HEAD_TECH_POINT", "", "0", "5"),
    ("2", "118000", "BLUE_BODY_HIT", "strong", "", ""),
    ("2", "117000", "OT_RED_PUNCH_POINT", "", "", "1"),
    ("2", "116000", "CR_BLUE_HEAD_POINT", "", "3", ""),
    ("2", "115000", "FLYING_SAUCER", "", "", ""),
    ("2", "0", "END_ROUND", "", "", ""),
    ("2", "0", "MATCH_FINISHED", "", "", ""),
)


def items() -> str:
    lines = [ITEM_COLUMNS]
    for number, (round_number, round_time, kind, value, blue, red) in enumerate(ITEMS):
        lines.append(f",{round_number},{round_time},{START_MS + number * 1000},{kind},{value},{blue},{red},,0")
    return "\r\n".join(lines) + "\r\n"


def write_log(folder: Path, stem: str = "20250720191628-245.A") -> Path:
    """Write both files of a bout and return the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-matchLog.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{ROW}\r\n".encode())
    path.with_name(f"{stem}-matchLogItems.csv").write_bytes(b"\xef\xbb\xbf" + items().encode())
    return path
