// What a process may name when it is published: the roles and services of this program.
#pragma once

#include "process/check_model.hpp"

namespace motcua::app {

process::CheckOptions publication_options();

}  // namespace motcua::app
