import FoundationEssentials
import StrataBase
import StrataFiles

/// One thing that came into a world from outside. A recording is a row of them: with the seed and the
/// settings, they are all that is needed to run the world again.
///
/// ```
/// file:   "strata recording 1\n"  entry entry ...
/// entry:  kind (1 byte), length of the rest (4, little-endian), the rest
/// ```
enum RecordingEntry: Equatable {
  /// What the world was made of; the first entry.
  case scene(Scene)
  /// A message to the program that stands for the outside, at a world's instant.
  case message(at: Instant, [UInt8])
  /// The same for the program at the cable's far end, where that has an outside too.
  case farMessage(at: Instant, [UInt8])
  case lookUp(StoreAnswer)
  case open(StoreError?)
  case read([UInt8])
  /// The same answer as the `read` entry of this number, counted from 0.
  case readAgain(Int)
  /// How the run ended; the last entry.
  case end(Ending)

  /// How a recorded run ended: what a replay has to come to as well.
  struct Ending: Codable, Equatable {
    var time: Int64
    var events: UInt64
    var hash: UInt64
  }

  static let magic = Array("strata recording 1\n".utf8)
  /// Bytes of kind and length.
  static let header = 5
  /// The most bytes of one entry, a folder's listing with a million names among them. A length above it
  /// is not one.
  static let mostBytes = 1 << 28

  /// What a file holds at some place.
  enum Reading: Equatable {
    case entry(RecordingEntry)
    /// The file ends before the entry does.
    case cutOff
    case nonsense
  }

  private enum Kind: UInt8 {
    case scene = 1
    case message, lookUp, open, read, readAgain, end, farMessage
  }

  /// The entry as it stands in the file.
  var encoded: [UInt8] {
    let (kind, rest): (Kind, [UInt8]) =
      switch self {
      case .scene(let scene): (.scene, RecordingEntry.json(scene))
      case .message(let time, let bytes): (.message, RecordingEntry.number(time.nanoseconds) + bytes)
      case .farMessage(let time, let bytes):
        (.farMessage, RecordingEntry.number(time.nanoseconds) + bytes)
      case .lookUp(let answer): (.lookUp, RecordingEntry.json(answer))
      case .open(let error): (.open, RecordingEntry.json(error))
      case .read(let bytes): (.read, bytes)
      case .readAgain(let number): (.readAgain, RecordingEntry.number(Int64(number)))
      case .end(let ending): (.end, RecordingEntry.json(ending))
      }
    let count = UInt32(rest.count)
    return [kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + rest
  }

  /// Reads the entry at `at`, and moves behind it if there is one.
  static func next(in file: [UInt8], at: inout Int) -> Reading {
    guard file.count > at else { return .cutOff }
    guard let kind = Kind(rawValue: file[at]) else { return .nonsense }
    guard file.count - at >= header else { return .cutOff }
    let count = (0..<4).reduce(0) { $0 | Int(file[at + 1 + $1]) << (8 * $1) }
    guard count <= mostBytes else { return .nonsense }
    guard count <= file.count - at - header else { return .cutOff }
    let rest = Array(file[(at + header)..<(at + header + count)])
    guard let entry = RecordingEntry(kind, rest) else { return .nonsense }
    at += header + count
    return .entry(entry)
  }

  private init?(_ kind: Kind, _ rest: [UInt8]) {
    func value<T: Decodable>(_ type: T.Type) -> T? { try? JSONDecoder().decode(type, from: Data(rest)) }
    switch kind {
    case .scene:
      guard let scene = value(Scene.self) else { return nil }
      self = .scene(scene)
    case .message, .farMessage:
      guard rest.count >= 8, let time = RecordingEntry.number(rest) else { return nil }
      let (at, bytes) = (Instant(nanoseconds: time), Array(rest[8...]))
      self = kind == .message ? .message(at: at, bytes) : .farMessage(at: at, bytes)
    case .lookUp:
      guard let answer = value(StoreAnswer.self) else { return nil }
      self = .lookUp(answer)
    case .open:
      guard let error = value(StoreError?.self) else { return nil }
      self = .open(error)
    case .read: self = .read(rest)
    case .readAgain:
      guard let number = RecordingEntry.number(rest), number >= 0 else { return nil }
      self = .readAgain(Int(number))
    case .end:
      guard let ending = value(Ending.self) else { return nil }
      self = .end(ending)
    }
  }

  private static func json(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // These types hold nothing that JSON cannot say.
    return Array(try! encoder.encode(value))
  }

  private static func number(_ value: Int64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func number(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count >= 8 else { return nil }
    return (0..<8).reduce(0) { $0 | Int64(bytes[$1]) << (8 * $1) }
  }
}
