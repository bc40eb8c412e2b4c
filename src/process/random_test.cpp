// Random sound processes on random paths: blocks nested at random (each entered and left at one point) are accepted by
// the check, and every run of them ends; after every step the run is stopped, stored, read back, replayed and compared.
// The seed is printed with a failure; MOTCUA_SEED repeats it.
#include <random>

#include "base/testing.hpp"
#include "process/check_model.hpp"
#include "process/testing.hpp"

namespace motcua::process {
namespace {

class Generator {
  public:
    explicit Generator(std::uint32_t seed) : random_(seed) {}

    std::string model() {
        std::string start = leaf("startEvent"), end = "e" + std::to_string(next_);
        auto [first, last] = block(3);
        flow(start, first);
        body_ += "<endEvent id=\"" + end + "\"/>";
        flow(last, end);
        return testing::definitions(
            body_,
            R"(<message id="m" name="m"/><signal id="g" name="g"/><error id="x" errorCode="X"/><escalation id="y" escalationCode="Y"/>)");
    }

  private:
    std::mt19937 random_;
    std::string body_;
    int next_ = 0;

    using Ends = std::pair<std::string, std::string>;
    unsigned roll(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::string leaf(const std::string& tag, const std::string& attributes = "", const std::string& inner = "") {
        std::string id = tag.substr(0, 2) + std::to_string(next_++);
        body_ += "<" + tag + " id=\"" + id + "\"" + attributes + ">" + inner + "</" + tag + ">";
        return id;
    }
    void flow(const std::string& from, const std::string& to, const std::string& condition = "") {
        body_ += "<sequenceFlow id=\"" + from + "-" + to + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\">";
        if (!condition.empty())
            body_ += "<conditionExpression xsi:type=\"tFormalExpression\">" + condition + "</conditionExpression>";
        body_ += "</sequenceFlow>";
    }
    std::string variable() { return "v" + std::to_string(roll(4)); }

    Ends block(int depth) {
        unsigned kind = depth == 0 ? roll(3) : roll(11);
        switch (kind) {
            case 0:
            case 1: {
                auto id = leaf("userTask");
                return {id, id};
            }
            case 2: {
                auto id = leaf("scriptTask", "", "<script>" + variable() + " = not(v0 = true)</script>");
                return {id, id};
            }
            case 3: {  // in a row
                auto a = block(depth - 1), b = block(depth - 1);
                flow(a.second, b.first);
                return {a.first, b.second};
            }
            case 4:
            case 5:
            case 6: {  // split and join
                std::string tag = kind == 4 ? "exclusiveGateway" : kind == 5 ? "parallelGateway" : "inclusiveGateway";
                auto join = leaf(tag);
                auto split = "sp" + std::to_string(next_++);
                unsigned branches = 2 + roll(2);
                std::string standard;
                for (unsigned i = 0; i < branches; ++i) {
                    auto inner = block(depth - 1);
                    bool last = i + 1 == branches;
                    flow(split, inner.first, kind == 5 || last ? "" : variable() + " = true");
                    if (last && kind != 5) standard = " default=\"" + split + "-" + inner.first + "\"";
                    flow(inner.second, join);
                }
                body_ += "<" + tag + " id=\"" + split + "\"" + standard + "/>";
                return {split, join};
            }
            case 7: {  // a loop that a task can leave
                auto merge = leaf("exclusiveGateway");
                auto inner = block(depth - 1);
                auto task = leaf("userTask");
                auto split = "sp" + std::to_string(next_++);
                auto after = leaf("userTask");
                flow(merge, inner.first);
                flow(inner.second, task);
                flow(task, split);
                flow(split, merge, "again = true");
                flow(split, after);
                body_ += "<exclusiveGateway id=\"" + split + "\" default=\"" + split + "-" + after + "\"/>";
                return {merge, after};
            }
            case 8: {  // a sub-process, perhaps with an event on its boundary or many at once
                std::string outer = std::move(body_);
                body_.clear();
                auto start = leaf("startEvent"), end = leaf("endEvent");
                auto inner = block(depth - 1);
                flow(start, inner.first);
                flow(inner.second, end);
                std::string content = std::move(body_);
                body_ = std::move(outer);
                std::string loop =
                    roll(3) == 0
                        ? "<multiInstanceLoopCharacteristics" + std::string(roll(2) ? " isSequential=\"true\"" : "") +
                              "><loopCardinality xsi:type=\"tFormalExpression\">" + std::to_string(1 + roll(3)) +
                              "</loopCardinality></multiInstanceLoopCharacteristics>"
                        : "";
                auto id = leaf("subProcess", "", loop + content);
                if (roll(2)) return {id, id};
                auto merge = leaf("exclusiveGateway");
                auto boundary = leaf("boundaryEvent", " attachedToRef=\"" + id + "\"",
                                     "<timerEventDefinition><timeDuration "
                                     "xsi:type=\"tFormalExpression\">PT1H</timeDuration></timerEventDefinition>");
                flow(id, merge);
                flow(boundary, merge);
                return {id, merge};
            }
            case 9: {  // wait for one of two things
                auto gateway = leaf("eventBasedGateway"), join = leaf("exclusiveGateway");
                auto signal = leaf("intermediateCatchEvent", "", "<signalEventDefinition signalRef=\"g\"/>");
                auto timer = leaf("intermediateCatchEvent", "",
                                  "<timerEventDefinition><timeDuration "
                                  "xsi:type=\"tFormalExpression\">PT2H</timeDuration></timerEventDefinition>");
                flow(gateway, signal), flow(gateway, timer), flow(signal, join), flow(timer, join);
                return {gateway, join};
            }
            default: {  // a task with a non-interrupting reminder
                auto id = leaf("userTask");
                auto boundary = leaf("boundaryEvent", " attachedToRef=\"" + id + "\" cancelActivity=\"false\"",
                                     "<timerEventDefinition><timeCycle "
                                     "xsi:type=\"tFormalExpression\">R2/PT1H</timeCycle></timerEventDefinition>");
                auto reminder = leaf("userTask");
                auto end = leaf("endEvent");
                flow(boundary, reminder), flow(reminder, end);
                return {id, id};
            }
        }
    }
};

TEST(Random, SoundProcessesAlwaysEnd) {
    const auto seed = static_cast<std::uint32_t>(test::number_given("MOTCUA_SEED", 20260105));
    int undecided = 0;
    for (std::uint32_t round = 0; round < 100; ++round) {
        SCOPED_TRACE("MOTCUA_SEED=" + std::to_string(seed + round));
        auto xml = Generator(seed + round).model();
        testing::Play play(xml);
        ASSERT_TRUE(play.model);
        CheckOptions options;
        options.states_max = 500;
        for (const auto& problem : check_model(*play.model, options)) {
            undecided += problem.reason == "process.soundness_undecided";
            EXPECT_EQ(problem.severity, Problem::Severity::warning) << problem.element << " " << problem.reason << "\n"
                                                                    << xml;
        }
        std::mt19937 random(seed + round);
        auto coin = [&] { return random() % 2 == 0; };
        play.start({{"v0", coin()}, {"v1", coin()}, {"v2", coin()}, {"v3", coin()}, {"again", coin()}});
        int steps = 0;
        for (; !play.over() && steps < 400; ++steps) {
            auto tasks = open_tasks(*play.model, play.instance);
            if (!tasks.empty() && random() % 4 != 0) {
                const auto& task = tasks[random() % tasks.size()];
                play.take(complete_task(*play.model, play.instance, task.key,
                                        {{"v" + std::to_string(random() % 4), coin()}, {"again", random() % 5 == 0}},
                                        play.facts));
            } else if (coin()) {
                play.signal("g");
            } else {
                play.wait(std::chrono::minutes(30 + random() % 90));
            }
            ASSERT_EQ(play.refusal, "");
            ASSERT_EQ(play.incidents(), "") << xml;
        }
        EXPECT_TRUE(play.over()) << "still open after " << steps << " steps: " << play.tasks() << "\n" << xml;
        EXPECT_TRUE(play.instance.items.empty() && play.instance.waits.empty());
    }
    EXPECT_LT(undecided, 60);
}

}  // namespace
}  // namespace motcua::process
