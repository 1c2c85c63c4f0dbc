#include "gantrain/runtime/memory.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "runtime/cgroup.h"

namespace gantrain {
namespace {

class CgroupsTest : public ::testing::Test {
 protected:
  CgroupsTest() {
    folder_ =
        std::filesystem::temp_directory_path() / ("gantrain-cgroups-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~CgroupsTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    const auto file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  Cgroups cgroups() const { return Cgroups(folder_ / "list", folder_ / "fs"); }

  std::filesystem::path folder_;
};

TEST(Memory, ResidentSizeGrowsWithWhatIsTouched) {
  const uint64_t before = resident_bytes();
  const auto held = torch::ones({16 << 20}, torch::kByte);
  EXPECT_GT(resident_bytes(), before + (8u << 20));
  EXPECT_GE(peak_resident_bytes(), resident_bytes());
}

TEST(Memory, SomethingIsAvailable) {
  EXPECT_GT(available_host_bytes(), 1u << 20);
}

TEST(Memory, CpuHasNoDeviceMemory) {
  EXPECT_EQ(peak_device_bytes(torch::kCPU), 0u);
}

TEST_F(CgroupsTest, WithoutAnyThereIsNoLimit) {
  EXPECT_FALSE(cgroups().cpus());
  EXPECT_FALSE(cgroups().available_bytes());
}

TEST_F(CgroupsTest, Version2TakesTheSmallestLimitUpTheTree) {
  write("list", "0::/pod/job\n");
  write("fs/pod/cpu.max", "150000 100000\n");
  write("fs/pod/job/cpu.max", "max 100000\n");
  write("fs/pod/memory.max", "1000\n");
  write("fs/pod/memory.current", "700\n");
  write("fs/pod/memory.stat", "anon 600\ninactive_file 100\n");
  write("fs/pod/job/memory.max", "max\n");
  write("fs/pod/job/memory.current", "10\n");
  EXPECT_EQ(cgroups().cpus(), 1.5);
  EXPECT_EQ(cgroups().available_bytes(), 400u);
}

TEST_F(CgroupsTest, Version2InAContainerReadsTheMountsRoot) {
  write("list", "0::/kubepods/not-mounted-here\n");
  write("fs/cpu.max", "200000 100000\n");
  EXPECT_EQ(cgroups().cpus(), 2);
}

TEST_F(CgroupsTest, Version1ReadsTheControllersFolders) {
  write("list", "9:cpu,cpuacct:/a\n4:memory:/b\n0::/\n");
  write("fs/cpu/a/cpu.cfs_quota_us", "50000\n");
  write("fs/cpu/a/cpu.cfs_period_us", "100000\n");
  write("fs/cpu/cpu.cfs_quota_us", "-1\n");
  write("fs/cpu/cpu.cfs_period_us", "100000\n");
  write("fs/memory/b/memory.limit_in_bytes", "500\n");
  write("fs/memory/b/memory.usage_in_bytes", "600\n");
  EXPECT_EQ(cgroups().cpus(), 0.5);
  EXPECT_EQ(cgroups().available_bytes(), 0u);
}

}  // namespace
}  // namespace gantrain
