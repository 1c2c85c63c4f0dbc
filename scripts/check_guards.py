#!/usr/bin/env python3
"""Takes each guard of docs/reliability.md out once and shows which test then fails.

usage: check_guards.py [NAME...]     run in the repository with a release build in build/release

For each guard: its lines in the source are replaced, what its test needs is built, the test is run and must fail; then
the file is put back. Prints one line per guard with the tests that failed. Exits with 1 when a guard's absence was not
seen, a build failed, or a test failed before anything was taken out. The sources must be as committed.
"""

import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
TIME_LIMIT = 120  # a guard against endless loops may be the one that is out

Guard = collections.namedtuple("Guard", "name file old new test")  # new: a text, or a function of the file's text


def cpp(binary, cases):
    return (binary, cases)


def python(*names):
    return ("", names)


def delete_old_first(source):
    """Old checkpoints go before the new one is written."""
    start = source.index("                          for (const auto& path : old) {")
    end = source.index("                          }\n", start) + len("                          }\n")
    loop = source[start:end]
    source = source.replace(loop, "", 1)
    check = "                          refuse_non_finite(files);\n"
    return source.replace(check, check + loop, 1)


def rename_first(source):
    """The rename before the flush of the file, as if their order were no matter."""
    flush = "  if (to_disk) {\n    flush();\n  }\n"
    after = "  renamed_ = true;\n"
    return source.replace(flush, "", 1).replace("  close();\n", "", 1).replace(
        after, after + "  if (to_disk) {\n    flush();\n  }\n  close();\n", 1
    )


CORE_FILES = "core_files_test"
TRAINING = "training_test"
GUARDS = (
    Guard("the seal (SHA-256) of a file", "src/core/pt_seal.cpp",
          "return seal.substr(kSealPrefix.size()) == hash.finish() ? Seal::kValid : Seal::kBroken;",
          "return Seal::kValid;", cpp(CORE_FILES, "SealedFile.*")),
    Guard("a gantrain file needs a seal", "src/core/pt_reader.cpp",
          "if (!sealed_ && has_gantrain_key(tree_.root)) {", "if (false) {", cpp(CORE_FILES, "SealedFile.*:PtReader.*")),
    Guard("the CRC of a tensor's bytes", "src/core/pt_reader.cpp",
          "if (location.crc32 && crc32_z", "if (false && crc32_z", cpp(CORE_FILES, "SealedFile.*:ZipStructure.*")),
    Guard("the CRC of the pickle", "src/core/zip_record.cpp",
          "if (crc != record.crc32) {", "if (false) {",
          cpp(CORE_FILES, "SealedFile.*:ZipStructure.*:PtReader.*")),
    Guard("the list of what a pickle may name", "src/core/pickle_calls.cpp",
          "  return std::nullopt;\n}", "  return size_t{0};\n}", cpp(CORE_FILES, "Pickle*:LegacyFile.*")),
    Guard("the largest pickle", "src/core/zip_record.cpp",
          "if (most > std::min<uint64_t>(limit, std::numeric_limits<uInt>::max())) {", "if (false) {",
          python("test_bad_checkpoints.BadCheckpointTest.test_row_80_caps")),
    Guard("the highest rank of a tensor", "src/core/pickle_calls.cpp",
          "if (node.count > pickle_limits::kRank) {", "if (false) {", cpp(CORE_FILES, "Pickle*")),
    Guard("the deepest nesting", "src/core/pickle_reader.cpp", "if (depth > pickle_limits::kDepth) {", "if (false) {",
          cpp(CORE_FILES, "Pickle*")),
    Guard("views much larger than their file", "src/core/pt_reader.cpp",
          "if (elements > (allowed - total) / each) {", "if (false) {", cpp(CORE_FILES, "PtReader.*")),
    Guard("a tensor stays inside its storage", "src/core/pickle_reader.cpp",
          "if (outside || (!empty && last >= available)) {", "if (false) {", cpp(CORE_FILES, "Pickle*")),
    Guard("records do not overlap", "src/core/zip_reader.cpp", "if (record.header_offset < free_from) {", "if (false) {",
          cpp(CORE_FILES, "ZipStructure.*")),
    Guard("free space is asked for before a save", "src/core/durable_file.cpp",
          "available && *available < expected_bytes", "available && false && expected_bytes > 0",
          cpp(CORE_FILES, "DurableFileTest.*")),
    Guard("what was written is read back", "src/core/durable_file.cpp",
          "  if (to_disk) {\n    verify();\n  }\n", "", cpp(CORE_FILES, "DurableFileTest.*")),
    Guard("the file is flushed before its rename", "src/core/durable_file.cpp", "", rename_first,
          python("test_power_loss.PowerLossTest.test_every_prefix_of_a_runs_operations_leaves_a_whole_checkpoint")),
    Guard("the folder is flushed after the rename", "src/core/durable_file.cpp",
          "  if (to_disk) {\n    flush_folder();\n  }\n", "",
          python("test_power_loss.PowerLossTest.test_every_prefix_of_a_runs_operations_leaves_a_whole_checkpoint")),
    Guard("old checkpoints are deleted last", "src/training/saver.cpp", "", delete_old_first,
          python("test_power_loss.PowerLossTest.test_every_prefix_of_a_runs_operations_leaves_a_whole_checkpoint")),
    Guard("a failed save leaves no temporary", "src/core/durable_file.cpp",
          "    retry([&] { return ::unlink(temporary_.c_str()); });\n", "", cpp(CORE_FILES, "DurableFileTest.*")),
    Guard("an interrupted call is made again", "src/core/durable_file.cpp",
          "} while (result < 0 && errno == EINTR);", "} while (false);",
          python("test_save_faults.SaveFaultTest.test_an_interrupted_call_is_made_again")),
    Guard("three failed saves end the run", "src/training/trainer.cpp",
          "if (failed_saves_ >= kFailedSavesAllowed) {", "if (false) {",
          python("test_save_faults.SaveFaultTest.test_each_operation_failing_for_ever_ends_after_three_saves")),
    Guard("a state that is not on the disk is saved at the end", "src/training/trainer.cpp",
          "while (state_->steps_done() != last_saved_step_) {", "while (false) {",
          python("test_save_faults.SaveFaultTest.test_the_last_save_is_tried_three_times",
                 "test_health.StopTest.test_a_stop_whose_save_fails_is_not_called_stopped")),
    Guard("the lock of a run folder", "src/training/run_folder_files.cpp",
          "if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {", "if (false) {",
          python("test_health.LeftoverTest.test_a_locked_folder_is_left_alone")),
    Guard("stale temporaries are removed", "src/training/run_folder_files.cpp",
          "  remove_leftovers(folder);\n", "  (void)&remove_leftovers;\n",
          python("test_health.LeftoverTest.test_stale_temporaries_are_cleaned_and_counted")),
    Guard("no checkpoint with a NaN is written", "src/training/saver.cpp",
          "                          refuse_non_finite(files);\n", "                          (void)&refuse_non_finite;\n",
          cpp(TRAINING, "SaverTest.*")),
    Guard("no checkpoint with a NaN is gone on from", "src/training/resume_point.cpp",
          "if (!bad.empty()) {", "if (false) {", cpp(TRAINING, "CheckpointChoice.*")),
    Guard("a bad step is skipped on the device", "src/training/step_guard.cpp",
          "torch::isfinite(gradient_norm + loss).logical_not()", "torch::zeros_like(loss)",
          cpp(TRAINING, "TrainingState.*")),
    Guard("a skipped step leaves the buffers", "src/training/phase_runner.cpp",
          "  guard_.end_step();\n}", "}", cpp(TRAINING, "TrainingState.*")),
    Guard("a skipped step leaves the average", "src/training/ema.cpp",
          "/*found_inf=*/skip", "/*found_inf=*/{}",
          cpp(TRAINING, "Ema.*:TrainingState.*")),
    Guard("roll-backs are counted and end", "src/training/trainer.cpp",
          "state_->attempt() >= kRollBacksAllowed || ", "", cpp(TRAINING, "TrainerRuns.*")),
    Guard("an attempt has other random numbers", "src/training/training_state.cpp",
          "return attempt_ == 0 ? seed :", "return true ? seed :", cpp(TRAINING, "TrainerRuns.*")),
    Guard("checkpoints from before skipped steps stay", "src/training/trainer.cpp",
          "if (state_->health().read().consecutive == 0) {", "if (true) {",
          python("test_health.DivergenceTest.test_diverging_training_ends_with_exit_6_and_good_checkpoints")),
    Guard("all is compared before the first copy", "src/training/training_state.cpp",
          "  check_fits(root, point, where);\n", "", cpp(TRAINING, "TrainingState.AMisfit*:TrainingState.Missing*")),
    Guard("only damaged files are renamed", "src/training/checkpoint_choice.cpp", "if (each.damaged) {", "if (true) {",
          python("test_health.DamagedCheckpointTest.test_one_that_cannot_be_read_now_keeps_its_name")),
    Guard("all broken is no fresh start", "src/training/run_directory.cpp",
          "const int64_t broken = count_broken(folder); broken > 0",
          "const int64_t broken = 0 * count_broken(folder); broken > 0",
          python("test_health.DamagedCheckpointTest.test_all_broken_does_not_turn_into_a_fresh_start_the_second_time")),
    Guard("harmful changes on resume are refused", "src/training/train.cpp",
          "if (each.resume == OnResume::kRefuse) {", "if (false) {",
          python("test_run_folder.RunFolderTest.test_resume_refuses_another_architecture")),
    Guard("logs are cut back on resume", "src/training/trainer.cpp",
          "seconds_before_ = metrics_log_->cut_back(state_->steps_done());", "seconds_before_ = 0;",
          python("test_run_folder.StoppedRunTest")),
    Guard("the data position is restored", "src/training/training_state.cpp",
          "  loader_->seek(point.data_position);\n", "", cpp(TRAINING, "TrainingState.*")),
    Guard("a signal stops the start-up", "src/training/train.cpp",
          "throw_if_stopped(stop_wanted);", "static_cast<void>(stop_wanted);",
          python("test_signals.SignalTest.test_in_the_data_scan")),
    Guard("an ignored signal stays ignored", "src/training/stop.cpp", "now.sa_handler == SIG_IGN", "false",
          python("test_health.StopTest.test_a_hangup_that_nohup_ignores_stays_ignored")),
    Guard("a limit on file sizes is a full disk", "src/training/stop.cpp", "  signal(SIGXFSZ, SIG_IGN);", "  ",
          python("test_power_loss.SmallDiskTest.test_a_limit_on_the_size_of_files_is_a_full_disk")),
    Guard("the first step is metered", "src/training/trainer.cpp", "if (limits_.step_bytes) {", "if (false) {",
          cpp(TRAINING, "TrainerRuns.AFirstStep*")),
    Guard("too little memory is refused", "src/training/memory_need.cpp",
          "if (needed <= available_bytes) {", "if (true) {", cpp(TRAINING, "MemoryNeed.*")),
)  # fmt: skip


def changed(guard, source):
    """The file's text without the guard."""
    if callable(guard.new):
        result = guard.new(source)
    else:
        if source.count(guard.old) != 1:
            raise ValueError(f"{guard.name}: {guard.file} has its text {source.count(guard.old)} times")
        result = source.replace(guard.old, guard.new)
    if result == source:
        raise ValueError(f"{guard.name}: nothing of {guard.file} would change")
    return result


def build(binary):
    targets = [binary] if binary else ["gantrain", "fault_injector", "device_fault"]
    return subprocess.run(["ninja", "-C", str(BUILD), *targets], capture_output=True, text=True)


def run(test):
    """(passed, names of the failed cases)."""
    binary, cases = test
    environment = {**os.environ, "GANTRAIN_SOURCE_DIR": str(ROOT), "OMP_NUM_THREADS": "1"}
    if binary:
        [path] = [found for found in BUILD.glob(f"tests/*/{binary}") if found.is_file()]
        command, folder = [path, f"--gtest_filter={cases}"], ROOT
    else:
        environment |= {
            "GANTRAIN_BINARY": str(BUILD / "gantrain"),
            "GANTRAIN_FAULT_INJECTOR": str(BUILD / "tests/faults/libfault_injector.so"),
            "GANTRAIN_DEVICE_FAULTS": str(BUILD / "tests/faults/libdevice_fault.so"),
            "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests/python'}",
        }
        command, folder = [sys.executable, "-m", "unittest", *cases], ROOT / "tests/python"
    # A group of its own, so that what a test started ends with it.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            code = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            return False, [f"no end within {TIME_LIMIT} s"]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        text = output.read()
    failed = re.findall(r"^\[  FAILED  \] (\S+?),? |^(?:FAIL|ERROR): (\w+)", text, re.MULTILINE)
    names = sorted({name for name in map("".join, failed) if not name.isdigit()})
    if code and not names:
        names = [f"ended with {code}"]
    return code == 0, names


def seen(guard):
    """The cases that fail without the guard."""
    path = ROOT / guard.file
    source = path.read_text(encoding="utf-8")
    try:
        path.write_text(changed(guard, source), encoding="utf-8")
        done = build(guard.test[0])
        if done.returncode:
            return ["DOES NOT BUILD: " + done.stdout[-2000:]]
        passed, names = run(guard.test)
        return [] if passed else names
    finally:
        path.write_text(source, encoding="utf-8")


def main(wanted):
    guards = [guard for guard in GUARDS if not wanted or guard.name in wanted]
    dirty = subprocess.run(["git", "status", "--porcelain", "src"], cwd=ROOT, capture_output=True, text=True)
    if dirty.returncode or dirty.stdout:
        sys.exit("check_guards.py: src/ is not as committed")
    bad = 0
    for test in {guard.test for guard in guards}:
        if build(test[0]).returncode or not run(test)[0]:
            print(f"{test}: fails with every guard in its place", flush=True)
            bad += 1
    for guard in guards if not bad else ():
        names = seen(guard)
        bad += not names or names[0].startswith("DOES NOT BUILD")
        print(f"{guard.name} ({guard.file}): {', '.join(names) or 'NOT SEEN'}", flush=True)
    subprocess.run(["ninja", "-C", str(BUILD)], capture_output=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
