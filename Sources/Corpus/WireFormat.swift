import StrataBase
import StrataWire

/// One format of Wire with its vectors, and what every parser has to stand.
///
/// ```swift
/// for format in WireFormat.all {
///   for vector in format.vectors { try format.check(vector.bytes) }
/// }
/// ```
public struct WireFormat: Sendable {
  public let name: String
  public let vectors: [Vector]
  /// Reads bytes and says everything that is in them.
  public let describe: @Sendable (RawSpan) throws(WireError) -> String
  /// Reads bytes and writes what was read, in the form in which this stack writes it.
  public let rewrite: @Sendable (RawSpan) throws(WireError) -> [UInt8]

  /// What was read and what it says of itself do not agree.
  public struct Contradiction: Error, CustomStringConvertible {
    public let description: String
  }

  /// Reads any bytes. They are refused, or they mean what they mean twice: writing what was read and
  /// reading that gives the same again. True when they were accepted.
  @discardableResult
  public func check(_ bytes: [UInt8]) throws(Contradiction) -> Bool {
    do throws(WireError) {
      _ = try describe(bytes.span.bytes)
    } catch {
      return false
    }
    let once: [UInt8], twice: [UInt8]
    do throws(WireError) {
      once = try rewrite(bytes.span.bytes)
      twice = try rewrite(once.span.bytes)
    } catch {
      throw Contradiction(description: "\(name): \(Vector.hex(bytes)) was read, then refused: \(error)")
    }
    if once != twice {
      throw Contradiction(description: "\(name): \(Vector.hex(once)) became \(Vector.hex(twice))")
    }
    return true
  }

  /// Every format of Wire.
  public static let all = [
    ethernet, vlan, arp, ipv4, icmpv4, igmp, ipv6, icmpv6, ndp, mldQuery, mldReport, udp, tcp, dhcp, pcapng,
  ]
}
