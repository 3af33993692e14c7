/** What scripts add to the pages of the dashboard; each page says everything without them. */

import { mountComparison } from "./comparison.js";
import { mountFilters } from "./filter.js";
import { mountMoments } from "./moments.js";
import { mountDayQuery } from "./on_day.js";
import { mountThreshold } from "./threshold.js";
import { mountTooltips } from "./tooltips.js";

for (const mount of [mountMoments, mountFilters, mountTooltips, mountThreshold, mountDayQuery, mountComparison]) {
  mount(document);
}

document.documentElement.dataset.mounted = "";
