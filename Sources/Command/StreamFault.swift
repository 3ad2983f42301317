import StrataBase
import StrataLink

/// A fault at a byte of a connection's stream: `up at 10MiB: cut`, `down at 0: hold 30s`,
/// `up at 1KiB..1MiB: reset`, `connection 2 up at 5: cut`.
///
/// All bytes before the offset are delivered, and then:
/// - `cut`: nothing passes any more, in either direction, not even an end. Both ends see silence.
/// - `reset`: both ends are reset.
/// - `hold`: the direction's bytes from the offset on wait so long, once.
struct StreamFault: Equatable, CustomStringConvertible {
  enum Direction: String {
    /// From the client to the server.
    case up
    /// From the server to the client.
    case down

    var opposite: Direction { self == .up ? .down : .up }
  }

  enum Action: Equatable {
    case cut
    case reset
    case hold(Interval)
  }

  /// As it was written.
  let description: String
  let direction: Direction
  /// One offset; or several, of which the seed and the connection choose one.
  let offsets: ClosedRange<UInt64>
  let action: Action
  /// Which connection, from 1, in the order in which clients came; nil: each of them.
  let connection: UInt32?

  /// Where it strikes on a connection; nil where it does not. `number` tells it from other faults.
  func offset(on connection: UInt32, seed: UInt64, number: Int) -> UInt64? {
    if let wanted = self.connection, wanted != connection { return nil }
    let direction = direction == .up ? 0 : 1
    let place = FrameIdentity(.block, direction: direction, connection: connection, place: UInt64(number))
    let span = offsets.upperBound - offsets.lowerBound
    return offsets.lowerBound + FaultDice(seed: seed).below(span + 1, .offset, place)
  }
}

extension StreamFault.Action: CustomStringConvertible {
  var description: String {
    switch self {
    case .cut: "cut"
    case .reset: "reset"
    case .hold(let span): "hold \(span)"
    }
  }
}

extension StreamFault: Quantity {
  static let form = """
    write a fault like "up at 10MiB: cut", "down at 0: hold 30s", "up at 1KiB..1MiB: reset" or \
    "connection 2 up at 5: cut"
    """
  /// The largest offset: 2^62 bytes.
  static let mostOffset: UInt64 = 1 << 62

  init?(argument: String) {
    guard case .success(let fault) = StreamFault.read(argument) else { return nil }
    self = fault
  }

  static func parse(_ text: String) throws -> StreamFault { try read(text).get() }

  private static func read(_ text: String) -> Result<StreamFault, StreamFaultError> {
    guard let colon = text.firstIndex(of: ":") else { return .failure(.noColon(text)) }
    var place = text[..<colon].split(separator: " ")
    let action = text[text.index(after: colon)...].split(separator: " ")
    var connection: UInt32?
    if place.first == "connection" || place.first == "every" {
      if place.removeFirst() == "connection" {
        guard let number = place.first.flatMap({ UInt32($0) }), number > 0 else {
          return .failure(.connection(place.first.map(String.init) ?? ""))
        }
        connection = number
        place.removeFirst()
      }
    }
    guard let direction = place.first.flatMap({ Direction(rawValue: String($0)) }) else {
      return .failure(.direction(place.first.map(String.init) ?? ""))
    }
    guard place.count == 3, place[1] == "at" else {
      return .failure(.offset(place.dropFirst().joined(separator: " ")))
    }
    guard let offsets = offsets(String(place[2])) else { return .failure(.offset("at " + place[2])) }
    guard let action = Self.action(action) else {
      return .failure(.action(action.joined(separator: " ")))
    }
    return .success(
      StreamFault(
        description: text, direction: direction, offsets: offsets, action: action, connection: connection))
  }

  private static func offsets(_ text: String) -> ClosedRange<UInt64>? {
    let ends = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    // "a..b" has an empty piece between the dots.
    if ends.count == 1 { return size(ends[0]).map { $0...$0 } }
    guard ends.count == 3, ends[1].isEmpty, let first = size(ends[0]), let last = size(ends[2]),
      first <= last
    else { return nil }
    return first...last
  }

  /// `10MiB`, `64KiB`, `1MB`, `1448B` or `1448`.
  private static func size(_ text: String) -> UInt64? {
    let units: [(String, UInt64)] = [
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000),
      ("GB", 1_000_000_000), ("B", 1),
    ]
    let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
    let digits = text.dropLast(unit.0.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt64(digits)
    else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.1)
    return overflow || bytes > mostOffset ? nil : bytes
  }

  private static func action(_ words: [Substring]) -> Action? {
    switch words.first {
    case "cut" where words.count == 1: .cut
    case "reset" where words.count == 1: .reset
    case "hold" where words.count == 2: TimeSpan(argument: String(words[1])).map { .hold($0.interval) }
    default: nil
    }
  }
}

/// What is wrong with the text of a fault, and what was expected in its place.
enum StreamFaultError: Error, Equatable, CustomStringConvertible {
  case noColon(String)
  case connection(String)
  case direction(String)
  case offset(String)
  case action(String)

  var description: String {
    switch self {
    case .noColon(let text):
      "\"\(text)\" has no colon: write where, a colon, and what happens there, like \"up at 10MiB: cut\""
    case .connection(let text):
      "\"\(text)\" is no number of a connection: write \"connection 1 up at ...\", counted from 1"
    case .direction(let text):
      "\"\(text)\" is no direction: write up (client to server) or down (server to client)"
    case .offset(let text):
      "\"\(text)\" is no place in a stream: write \"at 10MiB\", or \"at 1KiB..1MiB\" to let the seed draw it"
    case .action(let text):
      "\"\(text)\" is nothing that a cable does: write cut, reset, or hold with a time, like \"hold 30s\""
    }
  }
}
