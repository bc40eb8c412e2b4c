// What pages say in words: times, days left, limits, fees, tags of states. Pure, given the language and the catalogue's
// values. Leaves out sentences with a fixed text (data/messages/portal.json).
#pragma once

#include <optional>
#include <string>

#include "calendar/work_calendar.hpp"
#include "catalogue/procedure.hpp"
#include "dossier/dossier.hpp"
#include "portal/html.hpp"

namespace motcua::portal {

/// "08:30 02/03/2026", Vietnamese time.
std::string time_words(Instant at);
/// <time datetime="…">08:30 02/03/2026</time>
Html time_tag(Lang lang, Instant at);
/// "còn 2 ngày làm việc", "quá hạn 3 giờ làm việc": working time between now and due, in days from one day on.
std::string due_words(Lang lang, const calendar::WorkCalendar& calendar, Instant now, Instant due);
/// "3 ngày làm việc".
std::string limit_words(Lang lang, const calendar::Limit& limit);
/// "8.000 đ mỗi bản, phí", "Không", "do Hội đồng nhân dân tỉnh quy định".
std::string fee_words(Lang lang, const catalogue::FeeRule& fee);
std::string channel_words(Lang lang, std::string_view channel);
std::string file_size_words(Lang lang, std::int64_t bytes);

/// The tag of a state: a word, coloured by what the state asks of the reader.
Html status_tag(Lang lang, const dossier::Dossier& dossier, Instant now);
/// An <option>.
void add_option(Html& html, std::string_view value, std::string_view label, bool selected);

}  // namespace motcua::portal
