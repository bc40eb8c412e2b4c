// The flattened tables of the national portal's page: cells run together without a separator
// ("Trực tuyến5 Ngày làm việcMiễn phí(Không)Dịch vụ bưu chính…"). Each reader finds the cells again by the grammar of
// the columns. Pure text; what a cell means for publication is decided in portal_record.cpp and trust.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/procedure.hpp"

namespace motcua::catalogue {

enum class TimeCellKind : std::uint8_t { limit, absent, no_unit, unreadable };
struct TimeCell {
    TimeCellKind kind = TimeCellKind::absent;
    calendar::Limit limit;  // for kind limit
    std::string text;       // as written
};

struct FeeCell {
    enum class Kind : std::uint8_t { free, absent, amount } kind = Kind::absent;
    std::int64_t amount = 0;
    std::string currency;  // empty = đồng
    std::string text;      // as written
    std::string note;      // in brackets after it
};

/// One row of "Cách thức thực hiện": a channel with its time, fees and description.
struct MethodRow {
    Channel channel = Channel::counter;
    TimeCell time;
    std::vector<FeeCell> fees;
    std::string note;
};

inline constexpr std::size_t method_rows_max = 100;
inline constexpr std::size_t method_fees_max = 10;  // of one row; what follows is its description

struct MethodTable {
    std::vector<MethodRow> rows;
    std::string unread;  // text in which no row begins, or past the last row that is read
};

/// Header "Hình thức nộpThời gianPhí, lệ phíMô tả", then rows.
MethodTable read_method_table(std::string_view text);

/// "5 Ngày làm việc", "8 Giờ", "0,5 Ngày làm việc", "Không có thông tin", "1", words.
TimeCell read_time_cell(std::string_view text);

// The lists below end one part after `parts_max`: the record is then refused.

/// Groups "<case or -->Tên giấy tờMẫu đơn, tờ khaiSố lượng", rows of name, template file and "1 bản chính,2 bản sao".
std::vector<Component> read_component_table(std::string_view text);

/// Header "Tên văn bản pháp lýMã văn bản", rows of title and number ("118/2025/NĐ-CP").
std::vector<Named> read_legal_table(std::string_view text);

/// Rows "<name>Mã: KQ.G15.000168", then the words of the page that follow the table.
std::vector<Named> read_result_table(std::string_view text);

}  // namespace motcua::catalogue
