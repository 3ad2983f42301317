/// What a store knows of a file when it is asked for: enough to answer a request, and to notice when the
/// file is another one by the time it is read.
public struct FileInfo: Hashable, Sendable, Codable {
  /// The names from the root of the store down.
  public var path: [FileName]
  /// Bytes.
  public var size: UInt64
  public var modified: FileTime
  public var device: UInt64
  public var inode: UInt64

  public init(path: [FileName], size: UInt64, modified: FileTime, device: UInt64 = 0, inode: UInt64 = 0) {
    self.path = path
    self.size = size
    self.modified = modified
    self.device = device
    self.inode = inode
  }

  /// A strong validator (RFC 9110 §8.8.3), with its quotes. It changes with the size, with the time of
  /// modification to the nanosecond, and when another file takes the name.
  public var entityTag: String {
    let time = UInt64(bitPattern: modified.seconds &* 1_000_000_000 &+ Int64(modified.nanoseconds))
    return "\"\(String(size, radix: 16))-\(String(time, radix: 16))-\(String(inode, radix: 16))\""
  }

  /// By the name's extension.
  public var mediaType: MediaType { MediaType(fileExtension: path.last?.fileExtension ?? "") }

  /// Whether both say the same of the same file; its path may differ.
  public func isSameFile(as other: FileInfo) -> Bool {
    inode == other.inode && device == other.device && size == other.size && modified == other.modified
  }
}
