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
