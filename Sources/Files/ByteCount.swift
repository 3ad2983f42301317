/// A number of bytes for people: "17 B", "3.1 MB", "64 MB"; a kilobyte is 1,000 bytes.
public struct ByteCount: Hashable, Sendable, CustomStringConvertible {
  public var bytes: UInt64
  public init(_ bytes: UInt64) { self.bytes = bytes }

  public var description: String {
    if bytes < 1_000 { return "\(bytes) B" }
    var unit: UInt64 = 1_000
    var names = ["kB", "MB", "GB", "TB", "PB", "EB"][...]
    while names.count > 1, bytes / unit >= 1_000 {
      unit *= 1_000
      names.removeFirst()
    }
    // One digit behind the point below ten; cut, not rounded, so that a size never looks complete too early.
    let tenths = bytes / (unit / 10)
    let number = tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
    return "\(number) \(names.first!)"
  }
}
