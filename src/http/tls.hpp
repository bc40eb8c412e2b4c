// The server's certificate for TLS 1.2 and 1.3: read from two PEM files, read again when they change or when asked to,
// without a restart; connections that are there keep the one they began with. Inside of src/http only (Asio).
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/ssl/context.hpp>

namespace motcua::http {

class Certificates {
  public:
    /// Throws Fault "http.bad_certificate" when the files cannot be read, do not belong together or are expired.
    Certificates(std::filesystem::path certificate, std::filesystem::path key);

    std::shared_ptr<boost::asio::ssl::context> current() const;
    /// Reads the files again; the former pair stays when they are no good. False then.
    bool reload();
    /// The same, when a file has changed since it was read last.
    void reload_if_changed();

  private:
    using Stamp = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;
    Stamp stamp() const;

    const std::filesystem::path certificate_;
    const std::filesystem::path key_;
    mutable std::mutex mutex_;
    std::shared_ptr<boost::asio::ssl::context> context_;
    Stamp read_;
};

}  // namespace motcua::http
