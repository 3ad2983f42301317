import StrataFiles

extension FolderStore {
  /// What one read of up to 64 bytes gives.
  mutating func text(_ file: OpenFile, at offset: UInt64) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    var count = 0
    bytes.withUnsafeMutableBytes { buffer in
      var span = MutableRawSpan(_unsafeBytes: buffer)
      count = read(file, at: offset, into: &span)
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
