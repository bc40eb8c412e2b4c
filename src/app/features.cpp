#include "app/features.hpp"

#include "app/application.hpp"
#include "app/operations.hpp"
#include "http/openapi.hpp"
#include "http/static_files.hpp"

namespace motcua::app {

Features::Features(Application& app) : authenticator_(std::make_unique<http::VisitorsOnly>()) {
    register_operations(app);
    http::register_static_files(app.router());
    http::register_description(app.router());
}

Features::~Features() = default;

}  // namespace motcua::app
