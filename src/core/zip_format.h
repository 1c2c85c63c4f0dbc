#pragma once

#include <cstddef>
#include <cstdint>

namespace gantrain::zip {

// Numbers of PKWARE's APPNOTE.TXT.
constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50;
constexpr uint32_t kEnd64Locator = 0x07064b50;
constexpr size_t kLocalHeaderBytes = 30;
constexpr size_t kDirectoryEntryBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kEnd64LocatorBytes = 20;
constexpr uint16_t kExtraZip64 = 0x0001;
constexpr uint16_t kExtraPadding = 0x4246;   // "FB"
constexpr uint16_t kExtraFileSize = 0x5447;  // "GT"
constexpr uint16_t kFlagDescriptor = 1u << 3;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kFlagsDeflateLevel = 3u << 1;
constexpr uint16_t kFlagUtf8 = 1u << 11;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // in a field of 32 bits: the Zip64 extra field has it

}  // namespace gantrain::zip
