import StrataFiles
import Testing

@Suite struct FileInfoTests {
  let info = FileInfo(path: ["a.txt"], size: 255, modified: FileTime(seconds: 1, nanoseconds: 2), inode: 16)

  @Test func theTagChangesWithSizeTimeAndFile() {
    #expect(info.entityTag == "\"ff-3b9aca02-10\"")
    var tags: Set<String> = [info.entityTag]
    var other = info
    other.size = 256
    tags.insert(other.entityTag)
    other = info
    other.modified.nanoseconds = 3
    tags.insert(other.entityTag)
    other = info
    other.inode = 17
    tags.insert(other.entityTag)
    #expect(tags.count == 4)
  }
  @Test func typesComeFromTheExtension() {
    #expect(info.mediaType.description == "text/plain; charset=utf-8")
    #expect(MediaType(fileExtension: "html") == .html)
    #expect(MediaType(fileExtension: "png").description == "image/png")
    #expect(MediaType(fileExtension: "mp4").description == "video/mp4")
    #expect(MediaType(fileExtension: "wasm").description == "application/wasm")
    #expect(MediaType(fileExtension: "strange") == .bytes)
    #expect(info.mediaType.isText && !MediaType.bytes.isText)
  }
}

@Suite struct FileTimeTests {
  @Test(arguments: [
    (Int64(0), "1970-01-01 00:00"), (951_782_400, "2000-02-29 00:00"), (1_795_454_460, "2026-11-23 17:21"),
    (-1, "1969-12-31 23:59"), (4_107_542_399, "2100-02-28 23:59"), (4_107_542_400, "2100-03-01 00:00"),
  ]) func secondsBecomeACalendarDate(_ seconds: Int64, _ text: String) {
    #expect(FileTime(seconds: seconds).description == text)
  }
}

@Suite struct ByteCountTests {
  @Test(arguments: [
    (UInt64(0), "0 B"), (999, "999 B"), (1_000, "1 kB"), (3_140_000, "3.1 MB"), (64_000_000, "64 MB"),
    (999_999_999, "999 MB"), (UInt64.max, "18 EB"),
  ]) func aSizeIsShownInItsUnit(_ bytes: UInt64, _ text: String) {
    #expect(ByteCount(bytes).description == text)
  }
}
