"""Aneurysmal subarachnoid haemorrhage, as counts: the example data of R's pROC, with what pROC says of them.

113 patients, 41 with a poor outcome (counted as scored here) and 72 with a good one (missed), by two predictors: the
grade of the World Federation of Neurosurgical Societies (1..5) and serum S100 beta (in hundredths of ug/l). Data: Turck
and others (2010), Intensive Care Medicine 36, 107-115. The counts follow from the sensitivities and specificities that
pROC's own tests record for every threshold (github.com/xrobin/pROC, tests/testthat/helper-roc-expected.R), the areas
stand beside them, and the variances by DeLong's method in tests/testthat/test-var.R.
"""

from __future__ import annotations

WFNS = (1, 2, 3, 4, 5)
WFNS_POOR = (2, 12, 1, 8, 18)
WFNS_GOOD = (37, 20, 3, 8, 4)
WFNS_AUC = 0.82367886178861793
WFNS_VARIANCE = 0.00146991470882363

S100B = (
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 30, 32, 33, 34, 35, 38, 41,
    43, 44, 45, 46, 47, 48, 49, 50, 52, 56, 58, 70, 71, 74, 77, 82, 86, 96, 207,
)  # fmt: skip
S100B_POOR = (
    1, 0, 0, 0, 3, 1, 2, 2, 1, 1, 2, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 2, 0, 0, 0, 1, 1, 0,
    1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1,
)  # fmt: skip
S100B_GOOD = (
    0, 5, 3, 2, 6, 6, 6, 7, 4, 0, 3, 4, 4, 3, 2, 1, 2, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 2, 1, 0, 2,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
)  # fmt: skip
S100B_AUC = 0.73136856368563685
S100B_VARIANCE = 0.00266868245717244
