import Glibc

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
      let n = extracting(done..<byteCount).withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
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
