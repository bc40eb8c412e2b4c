// `motcua process migrate`: running dossiers to another version of their process, first as a rehearsal.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// motcua process migrate NAME --data DIR --to N [--from N] [--map OLD=NEW,…] [--reason TEXT --execute]
/// A line a dossier: code, its version, "can", "cannot" or "moved", reason, sentence. Without --execute nothing is
/// changed, and a server may be running. Exit 0: all can (have moved); 1: some cannot; 2: usage.
int run_process_migration(std::span<const std::string_view> args, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
