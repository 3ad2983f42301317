import Glibc

/// Writes to `path.part` and gives it its name when it is complete: whoever finds the name finds all of
/// the file.
///
/// ```swift
/// var sink = FileSink(path: "image.iso", resumes: true)
/// let offset = sink.partSize      // ask the server from there on
/// ```
public struct FileSink: Sink {
  public let path: String
  /// Goes on where an earlier attempt stopped, and leaves the part behind for a later one.
  public let resumes: Bool
  private var descriptor: Int32 = -1

  public init(path: String, resumes: Bool = false) {
    self.path = path
    self.resumes = resumes
  }

  /// Where the bytes go until they are complete.
  public var partPath: String { path + ".part" }

  /// Bytes that an earlier attempt left: where to go on. 0 when it does not resume.
  public var partSize: UInt64 {
    var status = stat()
    guard resumes, lstat(partPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return UInt64(status.st_size)
  }

  /// Where the entity tag of an unfinished part is remembered.
  public var tagPath: String { partPath + ".etag" }

  /// The entity tag of the content that `partPath` began with; nil when none is known, and then nobody can
  /// say whether the server still has the same content: begin anew.
  public var partTag: String? {
    let file = open(tagPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if file < 0 { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Self.mostTagBytes)
    let n = read(file, &bytes, bytes.count)
    return n > 0 ? String(decoding: bytes[..<n], as: UTF8.self) : nil
  }
  /// A longer tag is not remembered.
  private static var mostTagBytes: Int { 1_024 }

  public mutating func identify(_ entityTag: String?) {
    unlink(tagPath)
    guard resumes, let entityTag, entityTag.utf8.count <= Self.mostTagBytes else { return }
    let file = open(tagPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if file < 0 { return }
    defer { close(file) }
    let bytes = Array(entityTag.utf8)
    // Half a tag would only match nothing.
    _ = Glibc.write(file, bytes, bytes.count)
  }

  public mutating func begin(at offset: UInt64) throws(SinkError) {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (offset == 0 ? O_TRUNC : 0)
    descriptor = open(partPath, flags, 0o666)
    if descriptor < 0 { throw SinkError(errno: errno) }
    guard ftruncate(descriptor, off_t(offset)) == 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw SinkError(errno: errno)
    }
  }

  public mutating func write(_ bytes: RawSpan) throws(SinkError) { try bytes.write(to: descriptor) }

  public mutating func finish() throws(SinkError) {
    let closed = close(descriptor)
    descriptor = -1
    // A file system that delays writing may say only now that there was no room.
    if resumes { unlink(tagPath) }
    if closed != 0 || rename(partPath, path) != 0 { throw SinkError(errno: errno) }
  }

  public mutating func abandon() {
    if descriptor < 0 { return }
    close(descriptor)
    descriptor = -1
    if !resumes { unlink(partPath) }
  }
}
