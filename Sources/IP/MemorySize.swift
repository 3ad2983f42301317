/// An amount of memory.
///
/// ```swift
/// MemorySize.mebibytes(16).bytes   // 16,777,216
/// ```
public struct MemorySize: Hashable, Sendable {
  public let bytes: Int
  public static func bytes(_ n: Int) -> MemorySize { MemorySize(bytes: n) }
  /// 1,024 bytes each.
  public static func kibibytes(_ n: Int) -> MemorySize { MemorySize(bytes: n << 10) }
  /// 1,048,576 bytes each.
  public static func mebibytes(_ n: Int) -> MemorySize { MemorySize(bytes: n << 20) }
}
