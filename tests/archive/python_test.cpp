// What Python's torch.load makes of our files, and we of torch.save's. Runs the interpreter that
// CMake names GANTRAIN_PYTHON; without an importable torch there, the tests are skipped.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class PtFileWithPython : public ::testing::Test {
 protected:
  void SetUp() override {
    static const bool has_torch =
        run_command("import importlib.util as u, sys; sys.exit(u.find_spec(\"torch\") is None)") ==
        0;
    if (!has_torch) {
      GTEST_SKIP() << GANTRAIN_PYTHON << " cannot import torch";
    }
  }

  static int run_command(const std::string& code) {
    return std::system(
        (std::string(GANTRAIN_PYTHON) + " -c '" + code + "' > /dev/null 2>&1").c_str());
  }

  // Runs a script in the test's folder; `extra` are modules it may import.
  void run(const std::string& script) {
    const std::filesystem::path file = folder_.path() / "script.py";
    std::ofstream(file) << "import collections, os, pickle, torch\n" << script;
    const std::filesystem::path log = folder_.path() / "log.txt";
    const int status = std::system(
        ("cd '" + folder_.path().string() + "' && " + GANTRAIN_PYTHON + " script.py > log.txt 2>&1")
            .c_str());
    std::ifstream in(log);
    const std::string output((std::istreambuf_iterator<char>(in)),
                             std::istreambuf_iterator<char>());
    ASSERT_EQ(status, 0) << output;
  }

  PtContents read(const std::string& name) { return read_pt_file(folder_.path() / name); }

  std::string problem_of(const std::string& name) {
    try {
      read(name);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
      return error.what();
    }
  }

  static torch::Tensor tensor(const Value& root, const std::string& key) {
    const Value* found = root.find(key);
    return found == nullptr || !found->is<torch::Tensor>() ? torch::Tensor()
                                                           : found->as<torch::Tensor>();
  }

  TemporaryFolder folder_;
};

TEST_F(PtFileWithPython, TorchLoadGivesThePlainDictionary) {
  Value root;
  root["gantrain"]["format"] = int64_t{1};
  root["gantrain"]["config"] = "{\"größe\": 1}";
  root["rate"] = 0.1;
  root["big"] = std::numeric_limits<int64_t>::min();
  root["flags"] = Value::List{Value(true), Value(false), Value()};
  root["empty"] = torch::empty({0, 3});
  root["scalar"] = torch::tensor(2.5f);
  root["last"] = torch::arange(120)
                     .view({2, 3, 4, 5})
                     .to(torch::kFloat32)
                     .contiguous(at::MemoryFormat::ChannelsLast);
  root["view"] = torch::arange(100).slice(0, 10, 50, 4);
  for (const auto type :
       {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kInt32, torch::kInt64,
        torch::kFloat16, torch::kBFloat16, torch::kFloat32, torch::kFloat64}) {
    root["types"][torch::toString(type)] = torch::arange(4).to(type);
  }
  write_pt_file(folder_.path() / "ours.pt", root);
  run(R"py(
for mmap in (False, True):
    d = torch.load("ours.pt", weights_only=True, mmap=mmap)
    assert type(d) is dict and list(d) == ["gantrain", "rate", "big", "flags", "empty", "scalar", "last", "view", "types"]
    assert d["gantrain"] == {"format": 1, "config": '{"größe": 1}'}
    assert d["rate"] == 0.1 and d["big"] == -2**63 and d["flags"] == [True, False, None]
    assert d["empty"].shape == (0, 3) and d["scalar"].shape == () and d["scalar"].item() == 2.5
    want = torch.arange(120.).view(2, 3, 4, 5)
    assert torch.equal(d["last"], want) and d["last"].is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(d["view"], torch.arange(10, 50, 4)) and d["view"].untyped_storage().nbytes() == 80
    assert sorted(map(str, (t.dtype for t in d["types"].values()))) == sorted(
        "torch." + n for n in "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split())
    for t in d["types"].values():
        assert torch.equal(t, torch.arange(4).to(t.dtype)) and not t.requires_grad
)py");
}

TEST_F(PtFileWithPython, ReadsWhatTorchSaveWrites) {
  run(R"py(
whole = torch.arange(24.)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
state = model.state_dict()
for k in state: state[k] = torch.full_like(state[k], 3)
optimizer = torch.optim.Adam(model.parameters())
model(torch.randn(2, 1, 5, 5)).sum().backward(); optimizer.step()
d = {"state": state, "parameter": torch.nn.Parameter(torch.ones(2, 2)), "view": whole.view(4, 6)[1:3, ::2],
     "same": whole, "half": torch.tensor([1.5], dtype=torch.bfloat16), "optimizer": optimizer.state_dict(),
     "none": None, "tuple": (1, 2.5, "x"), "ordered": collections.OrderedDict(a=1), 7: "seven", "big": 2**64 + 1,
     "negative": -2**70, "flag": True, "wide": whole.new_zeros(1, 3).expand(5, 3), "empty": torch.empty(0)}
for protocol in (2, 3, 4, 5):
    torch.save(d, f"zip{protocol}.pt", pickle_protocol=protocol)
    torch.save(d, f"legacy{protocol}.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
)py");
  for (const std::string name : {"zip2.pt", "zip3.pt", "zip4.pt", "zip5.pt", "legacy2.pt",
                                 "legacy3.pt", "legacy4.pt", "legacy5.pt"}) {
    SCOPED_TRACE(name);
    const PtContents contents = read(name);
    const Value& root = contents.root;
    EXPECT_FALSE(contents.sealed);
    const Value& state = *root.find("state");
    EXPECT_EQ(state.as<Value::Dict>().size(), 7u);
    EXPECT_TRUE(torch::equal(tensor(state, "0.weight"), torch::full({2, 1, 3, 3}, 3.0f)));
    EXPECT_EQ(tensor(state, "1.num_batches_tracked").scalar_type(), torch::kInt64);
    EXPECT_TRUE(torch::equal(tensor(root, "parameter"), torch::ones({2, 2})));
    EXPECT_TRUE(
        torch::equal(tensor(root, "view"), torch::tensor({{6.f, 8.f, 10.f}, {12.f, 14.f, 16.f}})));
    EXPECT_TRUE(torch::equal(tensor(root, "same"), torch::arange(24.0f)));
    EXPECT_TRUE(torch::equal(tensor(root, "half"), torch::tensor({1.5}, torch::kBFloat16)));
    EXPECT_TRUE(torch::equal(tensor(root, "wide"), torch::zeros({5, 3})));
    EXPECT_EQ(tensor(root, "empty").numel(), 0);
    EXPECT_TRUE(root.find("none")->is<std::monostate>());
    EXPECT_EQ(root.find("tuple")->as<Value::List>()[2].as<std::string>(), "x");
    EXPECT_EQ(root.find("ordered")->find("a")->as<int64_t>(), 1);
    EXPECT_EQ(root.find("7")->as<std::string>(), "seven");
    EXPECT_EQ(root.find("big")->as<std::string>(), "18446744073709551617");
    EXPECT_EQ(root.find("negative")->as<std::string>(), "-1180591620717411303424");
    EXPECT_TRUE(root.find("flag")->as<bool>());
    const Value& first = *root.find("optimizer")->find("state")->find("0");
    EXPECT_EQ(tensor(first, "exp_avg").sizes(), (std::vector<int64_t>{2, 1, 3, 3}));
  }
}

TEST_F(PtFileWithPython, MaliciousPicklesExecuteNothing) {
  run(R"py(
class Reduce:
    def __init__(self, function, *arguments): self.call = (function, arguments)
    def __reduce__(self): return self.call
class Build:
    def __setstate__(self, state): pass
    def __getstate__(self): return {"x": 1}
calls = {"system": Reduce(os.system, "touch executed"), "eval": Reduce(eval, "open('executed', 'w')"),
         "getattr": Reduce(getattr, "", "upper"), "class": Build(), "set": {1, 2}, "bytes": b"x"}
for protocol in (2, 3, 4, 5):
    for name, call in calls.items():
        torch.save({"w": torch.ones(1), "x": call}, f"{name}{protocol}.pt", pickle_protocol=protocol)
        torch.save({"x": call}, f"{name}{protocol}.old.pt", pickle_protocol=protocol,
                   _use_new_zipfile_serialization=False)
        pickle.dump({"x": call}, open(f"{name}{protocol}.pkl", "wb"), protocol=protocol)
pickle.dump({"x": 1}, open("plain.pkl", "wb"))
torch.save(torch.nn.Linear(1, 1), "module.pt")
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), "script.pt")
torch.save({"z": torch.zeros(1, dtype=torch.complex64)}, "complex.pt")
)py");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename().string();
    if (name == "script.py" || name == "log.txt") {
      continue;
    }
    ++files;
    EXPECT_NE(problem_of(name), "") << name;
  }
  EXPECT_EQ(files, 4 * 6 * 3 + 4);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "executed"));
  for (const char* protocol : {"2", "3", "4", "5"}) {
    const std::string system = problem_of(std::string("system") + protocol + ".pt");
    EXPECT_THAT(system, HasSubstr("\"posix.system\""));
    EXPECT_THAT(system, HasSubstr("nothing was executed"));
  }
  EXPECT_THAT(problem_of("eval2.pt"), HasSubstr("eval"));
  EXPECT_THAT(problem_of("module.pt"), HasSubstr("torch.nn.modules.linear.Linear"));
  EXPECT_THAT(problem_of("script.pt"), HasSubstr("TorchScript"));
  EXPECT_THAT(problem_of("complex.pt"), HasSubstr("torch.ComplexFloatStorage"));
  EXPECT_THAT(problem_of("plain.pkl"), HasSubstr("bare Python pickle"));
}

TEST_F(PtFileWithPython, OurFileThatPythonSavedAgainIsRefused) {
  Value root;
  root["gantrain"]["format"] = int64_t{1};
  root["w"] = torch::ones({2});
  write_pt_file(folder_.path() / "ours.pt", root);
  run("torch.save(torch.load('ours.pt', weights_only=True), 'again.pt')\n");
  EXPECT_THAT(problem_of("again.pt"), HasSubstr("seal"));
}

}  // namespace
}  // namespace gantrain
