import Glibc
import StrataFiles
import StrataTemporary
import Testing

@Suite struct SinkTests {
  let folder = TemporaryFolder()

  func write(_ text: String, _ sink: inout some Sink) throws {
    try sink.write(Array(text.utf8).span.bytes)
  }
  func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY)
    if file < 0 { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let n = read(file, &bytes, bytes.count)
    return String(decoding: bytes[..<n], as: UTF8.self)
  }

  @Test func aFileHasItsNameOnlyWhenItIsComplete() throws {
    var sink = FileSink(path: folder.path + "/a")
    folder.write("a", "old")
    try sink.begin(at: 0)
    try write("new", &sink)
    #expect(text(sink.path) == "old" && text(sink.partPath) == "new")
    try sink.finish()
    #expect(text(sink.path) == "new" && text(sink.partPath) == nil)
  }
  @Test func anAbandonedPartIsRemoved() throws {
    var sink = FileSink(path: folder.path + "/a")
    try sink.begin(at: 0)
    try write("half", &sink)
    sink.abandon()
    #expect(text(sink.path) == nil && text(sink.partPath) == nil && sink.partSize == 0)
  }
  @Test func oneThatResumesKeepsItsPartAndGoesOn() throws {
    var sink = FileSink(path: folder.path + "/a", resumes: true)
    try sink.begin(at: 0)
    try write("01234", &sink)
    sink.abandon()
    #expect(sink.partSize == 5)
    try sink.begin(at: 3)
    try write("xy", &sink)
    try sink.finish()
    #expect(text(sink.path) == "012xy")
  }
  @Test func aFullMemoryRefuses() throws {
    var sink = MemorySink(limit: 3)
    try sink.begin(at: 0)
    try write("abc", &sink)
    #expect(throws: SinkError.full) { try write("d", &sink) }
    #expect(sink.bytes == Array("abc".utf8))
  }
  @Test func aDescriptorGetsAllBytes() throws {
    let file = open(folder.path + "/out", O_WRONLY | O_CREAT, 0o600)
    var sink = DescriptorSink(descriptor: file)
    try write("all", &sink)
    close(file)
    #expect(text(folder.path + "/out") == "all")
  }
  @Test func aFolderThatIsMissingIsAnError() {
    var sink = FileSink(path: folder.path + "/none/a")
    #expect(throws: SinkError.noFolder) { try sink.begin(at: 0) }
  }
}
