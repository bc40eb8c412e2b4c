// Help for tests only: a citizen and an officer with a browser each, and the steps that ways through the pages share.
#pragma once

#include "dossier/rows.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {

class Journey : public ::testing::Test {
  protected:
    PortalWorld world;
    Browser citizen{world};
    Browser officer{world};

    std::vector<Field> beside(std::string name = "Trần Thị Lan") {
        return {{"_applicant/kind", "person"},
                {"_applicant/name", std::move(name)},
                {"_applicant/id_number", "091187549925"},
                {"_applicant/phone", "0912345678"},
                {"_applicant/place", world.unit(commune).code},
                {"_return_channel", "counter"}};
    }
    std::vector<Field> complete(std::string name = "Trần Thị Lan") {
        auto fields = beside(std::move(name));
        // The example's commune is the one before the merger; people choose from those of today.
        for (Field& field : example_entries("1.001193")) {
            if (field.name.ends_with("/unit")) field.value = world.unit(commune).gso;
            if (field.name.starts_with("birth_paper")) continue;
            fields.push_back(std::move(field));
        }
        return fields;
    }
    static std::vector<Field> with(std::vector<Field> fields, std::string_view name, std::string value) {
        for (Field& field : fields)
            if (field.name == name) {
                field.value = std::move(value);
                return fields;
            }
        fields.push_back({std::string(name), std::move(value)});
        return fields;
    }
    /// Files online as `lan` and answers the id.
    std::string file_online() {
        citizen.sign_in("lan");
        EXPECT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
        EXPECT_EQ(citizen.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 200) << citizen.page().body;
        return citizen.location().substr(7, 13);
    }
    dossier::Dossier load(const std::string& id) {
        auto session = world.database->reader();
        return *dossier::get_dossier(*session, id);
    }
    std::string officer_path(const std::string& id) { return "/officer/ho-so/" + id; }
    /// As the receiver of its commune.
    void receive(const std::string& id) {
        officer.sign_in("receiver");
        ASSERT_EQ(officer.get(officer_path(id)), 200);
        ASSERT_EQ(officer.submit(officer_path(id) + "/receive", {{"unit", world.unit(commune).code}}), 200)
            << officer.page().body;
    }
    /// Completes the open step as its role; `fields` beside the hidden ones.
    void complete_step(const std::string& id, std::vector<Field> fields = {}, const std::vector<File>& files = {}) {
        dossier::Dossier d = load(id);
        ASSERT_EQ(d.tasks.size(), 1u);
        officer.sign_in(d.tasks.front().role);
        ASSERT_EQ(officer.get(officer_path(id)), 200) << officer.page().body;
        ASSERT_EQ(officer.submit(officer_path(id) + "/complete-step", std::move(fields), files), 200)
            << officer.page().body;
    }
};

}  // namespace motcua::portal
