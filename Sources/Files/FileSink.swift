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
    if closed != 0 || rename(partPath, path) != 0 { throw SinkError(errno: errno) }
  }

  public mutating func abandon() {
    if descriptor < 0 { return }
    close(descriptor)
    descriptor = -1
    if !resumes { unlink(partPath) }
  }
}

/// Writes to a descriptor that is open already, such as standard output.
public struct DescriptorSink: Sink {
  public let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }
  public static var standardOutput: DescriptorSink { DescriptorSink(descriptor: STDOUT_FILENO) }

  public mutating func begin(at offset: UInt64) throws(SinkError) {}
  public mutating func write(_ bytes: RawSpan) throws(SinkError) { try bytes.write(to: descriptor) }
  public mutating func finish() throws(SinkError) {}
  public mutating func abandon() {}
}

extension RawSpan {
  /// All of them, however many calls it takes.
  func write(to descriptor: Int32) throws(SinkError) {
    var done = 0
    while done < byteCount {
      let n = extracting(done..<byteCount).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if n >= 0 {
        done += n
      } else if errno == EAGAIN {
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&room, 1, -1)
      } else if errno != EINTR {
        throw SinkError(errno: errno)
      }
    }
  }
}

extension SinkError {
  init(errno number: Int32) {
    switch number {
    case ENOSPC, EDQUOT: self = .noSpace
    case EACCES, EPERM, EROFS, ELOOP: self = .notPermitted
    case ENOENT, ENOTDIR: self = .noFolder
    default: self = .system(number)
    }
  }
}
