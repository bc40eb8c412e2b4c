#include "app/serve_command.hpp"

#include <ostream>

#include <signal.h>
#include <unistd.h>

#include "app/application.hpp"
#include "app/options.hpp"
#include "base/check.hpp"

namespace motcua::app {

namespace {

/// Blocks the stop signals for this thread and those made later, until the end of its life.
class StopSignals {
  public:
    StopSignals() {
        ::sigemptyset(&set_);
        ::sigaddset(&set_, SIGTERM);
        ::sigaddset(&set_, SIGINT);
        ::sigaddset(&set_, SIGHUP);
        ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() { unblock(); }
    /// Calls `reload` for each SIGHUP; returns when told to stop.
    template <class Reload>
    void wait(Reload reload) {
        for (int received = 0; ::sigwait(&set_, &received) == 0 && received == SIGHUP;) reload();
    }
    /// From here on a signal has its default effect: the end.
    void unblock() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

Result<LoadedConfig> configuration(const Options& options) {
    std::vector<Override> overrides;
    if (auto listen = options.find("listen")) overrides.push_back({"http.listen", *listen, "--listen"});
    return load_config_file(options.find("config").value_or(""), overrides);
}

}  // namespace

int run_serve(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto refuse = [&](const Error& error, int status) {
        print_refusal(err, "serve", error);
        return status;
    };
    auto options = parse_options(args, {"data", "listen", "config"}, {});
    if (!options) return refuse(options.error(), 2);
    auto data = options->find("data");
    if (!data || !options->arguments.empty()) {
        err << "usage: motcua serve --data DIR [--listen ADDR:PORT] [--config FILE]\n";
        return 2;
    }
    auto config = configuration(*options);
    if (!config) return refuse(config.error(), 2);

    ::signal(SIGPIPE, SIG_IGN);
    StopSignals signals;
    auto app = Application::open(config->values, *data);
    if (!app) return refuse(app.error(), 1);
    try {
        (*app)->start();
    } catch (const Fault& fault) {
        return refuse(
            Error{Errc::unavailable, fault.reason(), {{"address", config->values.listen}, {"what", fault.what()}}, {}},
            1);
    }
    out << "motcua serves " << *data << " on " << (*app)->address() << std::endl;
    signals.wait([&] { (*app)->reload_certificate(); });
    signals.unblock();
    (*app)->stop();
    return 0;
}

int run_config(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"config"}, {"explain"});
    if (options && !options->arguments.empty())
        options = fail(Errc::invalid, "options.unknown", {{"option", options->arguments[0]}});
    if (!options) {
        print_refusal(err, "config", options.error());
        return 2;
    }
    auto config = configuration(*options);
    if (!config) {
        print_refusal(err, "config", config.error());
        return 2;
    }
    if (options->has("explain")) {
        explain(*config, out);
    } else {
        for (const Setting& setting : settings())
            out << setting.key << " = " << config->sources.find(setting.key)->second.text << '\n';
    }
    return 0;
}

}  // namespace motcua::app
