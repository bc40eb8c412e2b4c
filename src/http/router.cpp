#include "http/router.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::http {

/// One path segment. `tail` matches the rest of a path.
struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> tail;
    std::array<const Route*, method_count> routes{};

    bool has_routes() const {
        return std::ranges::any_of(routes, [](const Route* route) { return route != nullptr; });
    }
};

namespace {

/// "/a/{b}" -> "a", "{b}"; "/" -> "".
std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> found;
    path.remove_prefix(1);
    while (true) {
        size_t slash = path.find('/');
        found.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return found;
        path.remove_prefix(slash + 1);
    }
}

size_t slot(Method method) { return static_cast<size_t>(method == Method::head ? Method::get : method); }

}  // namespace

ledger::Meta Context::meta(const Request& request) const {
    return {.at = now,
            .actor = request.principal.actor(),
            .on_behalf_of = request.principal.on_behalf_of(),
            .request_id = request.request_id};
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

Route& Router::add(std::string_view method, std::string_view path, Permission permission, Spec spec) {
    auto known = parse_method(method);
    CHECK(known && *known != Method::head && *known != Method::options, "route {} {}: no such method to register",
          method, path);
    CHECK(!frozen_, "route {} {}: too late, a dispatcher already uses this router", method, path);
    CHECK(path.starts_with('/'), "route {} {}: a path begins with a slash", method, path);
    CHECK(!spec.summary.empty(), "route {} {}: a summary is missing", method, path);
    if (spec.body == Body::none && !spec.input.empty()) spec.body = Body::json;

    auto route = std::make_unique<Route>();
    route->method = *known;
    route->path = path;
    route->permission = permission;
    route->spec = std::move(spec);
    route->index = routes_.size();

    Node* node = root_.get();
    auto parts = segments(path);
    for (size_t i = 0; i < parts.size(); ++i) {
        std::string_view part = parts[i];
        std::unique_ptr<Node>* next = nullptr;
        if (part.starts_with('{') && part.ends_with('}')) {
            std::string_view name = part.substr(1, part.size() - 2);
            const bool tail = name.ends_with('*');
            CHECK(!tail || i + 1 == parts.size(), "route {}: {} must come last", path, part);
            route->param_names.emplace_back(tail ? name.substr(0, name.size() - 1) : name);
            next = tail ? &node->tail : &node->parameter;
        } else {
            CHECK(part.find_first_of("{}*") == std::string_view::npos, "route {}: bad segment {}", path, part);
            next = &node->literals[std::string(part)];
        }
        if (!*next) *next = std::make_unique<Node>();
        node = next->get();
    }
    const Route*& place = node->routes[slot(*known)];
    CHECK(place == nullptr, "route {} {} is registered twice", method, path);
    place = route.get();
    return *routes_.emplace_back(std::move(route));
}

void Router::query(std::string_view method, std::string_view path, Permission permission, Spec spec, Query handler) {
    add(method, path, permission, std::move(spec)).query = std::move(handler);
}

void Router::command(std::string_view method, std::string_view path, Permission permission, Spec spec,
                     Command handler) {
    // A read by somebody known may leave a record of itself (who looked, what was exported), and nothing else.
    CHECK(method != "GET" || permission != permission::open,
          "route {}: a command changes something and cannot be a GET", path);
    add(method, path, permission, std::move(spec)).command = std::move(handler);
}

void Router::schema(std::string_view name, Fields members) {
    bool is_new = schemas_.emplace(std::string(name), std::move(members)).second;
    CHECK(is_new, "schema {} is declared twice", name);
}

Router::Match Router::match(Method method, std::string_view path) const {
    Match match;
    std::vector<std::string_view> parts = segments(path), values;
    const Node* other_methods = nullptr;

    // Depth first, literals before parameters before tails; a node that lacks the method is only remembered.
    auto accept = [&](const Node& node) {
        if (const Route* route = node.routes[slot(method)]; route && method != Method::options) {
            match.route = route;
            for (size_t i = 0; i < values.size(); ++i)
                match.params.push_back({route->param_names[i], std::string(values[i])});
            return true;
        }
        if (!other_methods && node.has_routes()) other_methods = &node;
        return false;
    };
    auto walk = [&](auto&& self, const Node& node, size_t depth) -> bool {
        if (depth == parts.size()) return accept(node);
        std::string_view part = parts[depth];
        if (auto literal = node.literals.find(part); literal != node.literals.end())
            if (self(self, *literal->second, depth + 1)) return true;
        if (node.parameter && !part.empty()) {
            values.push_back(part);
            if (self(self, *node.parameter, depth + 1)) return true;
            values.pop_back();
        }
        if (node.tail) {
            values.push_back(path.substr(static_cast<size_t>(part.data() - path.data())));
            if (accept(*node.tail)) return true;
            values.pop_back();
        }
        return false;
    };
    if (walk(walk, *root_, 0) || !other_methods) return match;

    for (const Route* route : other_methods->routes) {
        if (!route) continue;
        match.allow += (match.allow.empty() ? "" : ", ") + std::string(to_string(route->method));
        if (route->method == Method::get) match.allow += ", HEAD";
    }
    match.allow += ", OPTIONS";
    return match;
}

}  // namespace motcua::http
