/// The parts of a representation that a Range field asks for (RFC 9110 §14).
///
/// ```swift
/// ByteRange.select("bytes=0-99,-100", of: 1_000)   // .parts([0..<100, 900..<1000])
/// ```
public enum ByteRange {
  /// What to send.
  public enum Selection: Hashable, Sendable {
    /// Everything, with 200: the field is to be ignored.
    case whole
    /// These parts, in the order asked, with 206. Never empty, never overlapping.
    case parts([Range<UInt64>])
    /// Nothing, with 416 and `unsatisfiable(size:)`.
    case unsatisfiable
  }

  /// The most parts in one request. Who asks for more gets everything (RFC 9110 §17.15: many small or
  /// overlapping ranges are an attack).
  public static let mostParts = 16

  /// What `field`, the value of Range, selects from a representation of `size` bytes. Units other than
  /// bytes, and what is no valid range set, are ignored.
  public static func select(_ field: String, of size: UInt64) -> Selection {
    let bytes = Array(field.utf8)
    guard let equals = bytes.firstIndex(of: 0x3d), isBytes(bytes[..<equals]) else { return .whole }
    var parts: [Range<UInt64>] = []
    var count = 0
    for member in bytes[(equals + 1)...].split(separator: 0x2c) {
      let spec = trim(member)
      if spec.isEmpty { continue }
      count += 1
      if count > mostParts { return .whole }
      switch part(spec, of: size) {
      case .invalid, .everything: return .whole
      case .beyond: break
      case .part(let range): parts.append(range)
      }
    }
    if count == 0 { return .whole }
    if parts.isEmpty { return .unsatisfiable }
    return overlap(parts) ? .whole : .parts(parts)
  }

  /// The value of Content-Range in a response of status 206.
  public static func contentRange(_ part: Range<UInt64>, of size: UInt64) -> String {
    precondition(!part.isEmpty && part.upperBound <= size)
    return "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
  }
  /// The value of Content-Range in a response of status 416.
  public static func unsatisfiable(size: UInt64) -> String { "bytes */\(size)" }

  private enum Part {
    case part(Range<UInt64>)
    /// It lies behind the end.
    case beyond
    case everything
    case invalid
  }

  /// `first-last`, `first-` or `-suffix`.
  private static func part(_ spec: ArraySlice<UInt8>, of size: UInt64) -> Part {
    guard let dash = spec.firstIndex(of: 0x2d) else { return .invalid }
    let left = spec[..<dash]
    let right = spec[(dash + 1)...]
    if left.isEmpty {
      guard let suffix = number(right) else { return .invalid }
      if suffix == 0 { return .beyond }
      // The last bytes of nothing: satisfiable, though Content-Range cannot say so.
      return size == 0 ? .everything : .part(size - min(suffix, size)..<size)
    }
    guard let first = number(left) else { return .invalid }
    if right.isEmpty { return first < size ? .part(first..<size) : .beyond }
    guard let last = number(right), first <= last else { return .invalid }
    // RFC 9110 §14.1.2: a last position at or behind the end means the end.
    return first < size ? .part(first..<(last < size ? last + 1 : size)) : .beyond
  }

  /// A decimal number; one that does not fit is as large as can be, which is beyond every end.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    if digits.isEmpty { return nil }
    var value: UInt64 = 0
    for byte in digits {
      if !ByteClass.isDigit(byte) { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - 0x30))
      value = overflow || carry ? .max : sum
    }
    return value
  }

  private static func isBytes(_ unit: ArraySlice<UInt8>) -> Bool {
    // Range units are case-insensitive (RFC 9110 §14.1).
    let name: StaticString = "bytes"
    guard unit.count == 5 else { return false }
    for (i, byte) in unit.enumerated() where byte | 0x20 != name.utf8Start[i] { return false }
    return true
  }
  private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8?) -> Bool { byte == .space || byte == .tab }
    var bytes = bytes
    while isBlank(bytes.first) { bytes.removeFirst() }
    while isBlank(bytes.last) { bytes.removeLast() }
    return bytes
  }
  private static func overlap(_ parts: [Range<UInt64>]) -> Bool {
    let sorted = parts.sorted { $0.lowerBound < $1.lowerBound }
    for i in sorted.indices.dropFirst() where sorted[i].lowerBound < sorted[i - 1].upperBound { return true }
    return false
  }
}
