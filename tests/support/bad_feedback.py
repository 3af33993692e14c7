"""Files to answer, labels and logs that are none; days that are none."""

from spoilt import Case, write

_LABELS = "labels.csv"

CASES = (
    Case(
        "a day that is none",
        "monitor m --date yesterday",
        "error: `yesterday` is no day\nhint: for example 2026-01-31\n",
    ),
    Case(
        "a day that has not come",
        "monitor m --date 2099-01-01",
        "error: 2099-01-01 has not come yet: the clock says 2026-05-28\n"
        "hint: look after the clock, or name a day that is over\n",
    ),
    Case(
        "days that end before they begin",
        "monitor m --since 2026-03-02 --until 2026-03-01",
        "error: --since 2026-03-02 is after 2026-03-01\n",
    ),
    Case(
        "no such model",
        "retrain nobody",
        "error: params.yaml: there is no model `nobody`\nhint: there are m, n\n",
    ),
    Case(
        "a file that is not there",
        "score m nowhere.csv out.csv",
        "error: nowhere.csv: there is no such file\n",
    ),
    Case(
        "an empty file",
        "score m empty.csv out.csv",
        "error: empty.csv: there is no header\n",
        write("empty.csv", ""),
    ),
    Case(
        "Parquet that is none",
        "score m cut.parquet out.csv",
        "error: cut.parquet: this is not Parquet: Parquet file size is 4 bytes, smaller than the "
        "minimum file footer (8 bytes)\n",
        write("cut.parquet", "PAR1"),
    ),
    Case(
        "a result of another kind",
        "score m rows.csv out.xls",
        "error: out.xls: this is neither .csv nor .parquet\n",
        write("rows.csv", "size,colour\n1,red\n"),
    ),
    Case(
        "nothing in production",
        "score n rows.csv out.csv",
        "error: the model `n` has no version in production\n"
        "hint: `modelpress promote` puts one there; --model-version names another\n",
        write("rows.csv", "size,colour\n1,red\n"),
    ),
    Case(
        "labels that nobody knows",
        f"label m --from {_LABELS}",
        "error: labels.csv: 1 rows have a target that is none, first `r1`: `maybe`\n"
        "hint: known are `no`, `yes`\n",
        write(_LABELS, "row_id,answer\nr1,maybe\n"),
    ),
    Case(
        "labels at odds with each other",
        f"label m --from {_LABELS}",
        "error: labels.csv: row `r1` is once `yes` and once `no`\n",
        write(_LABELS, "row_id,answer\nr1,yes\nr1,no\n"),
    ),
    Case(
        "labels of no row",
        f"label m --from {_LABELS}",
        "error: labels.csv: there is no column `row_id`\nhint: the columns are `size`, `answer`\n",
        write(_LABELS, "size,answer\n1,yes\n"),
    ),
    Case(
        "a log that says nothing",
        "ab m log.csv",
        "error: log.csv: line 2: an entry needs a label or a value\n",
        write("log.csv", "row_id,version\n1,v1.0.0\n"),
    ),
    Case(
        "an empty log",
        "ab m log.csv",
        "error: log.csv: the log speaks of no version\n"
        "hint: two versions are compared: --versions A B\n",
        write("log.csv", ""),
    ),
)
