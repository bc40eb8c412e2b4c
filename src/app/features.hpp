// The list of features: what each needs and in which order it is wired. A new feature is a member and a few lines in
// features.cpp; its routes are its own (`register_routes` of its public header).
#pragma once

#include <memory>
#include <string>

#include "http/dispatcher.hpp"

namespace motcua::app {

class Application;

class Features {
  public:
    /// Loads what the features keep in memory, registers their routes and adds their followers. The ledger is open and
    /// nobody is served yet.
    explicit Features(Application& app);
    Features(const Features&) = delete;
    Features& operator=(const Features&) = delete;
    ~Features();

    http::Authenticator& authenticator() const;
    /// Hears of refused requests, for the audit trail.
    void note_refusal(const http::Exchange& exchange, const Error& error) const;

    /// "backup_drill good …", for /readyz; empty when no backups are configured.
    std::string backup_status() const;

    /// Starts what runs by itself; after the followers.
    void start();
    void stop();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace motcua::app
