import StrataBase
import StrataLink
import StrataSimulator
import StrataWire

/// Tells what a cable did to the segments of a world while it runs again: what was lost, damaged, held
/// back or doubled, with its place in the stream, and what was sent again.
///
/// ```swift
/// let story = ReplayStory(client: client, server: server, cable: 0)
/// world.observers.append(story)
/// world.advance(to: next)
/// for line in story.listen(world) { print(line) }
/// ```
final class ReplayStory: FrameObserver {
  /// The most lines about one connection's segments; the rest is counted.
  static let mostLines = 40

  struct Line {
    let time: Instant
    let text: String
  }

  /// A frame that a host handed to the cable, told as part of its stream.
  private struct Sent {
    let connection: Int
    let text: String
  }

  /// What is known of a connection, by direction: 0 up, 1 down.
  private struct Stream {
    let number: Int
    let start: UInt32
    var origins: [UInt32?] = [nil, nil]
    /// The highest offset that was ever sent.
    var sent: [UInt32] = [0, 0]
  }

  private let client: WorldHost
  private let cable: UInt32
  private let tellsAll: Bool
  private var heard: UInt64 = 0
  /// By the client's port.
  private var streams: [UInt16: Stream] = [:]
  private var count = 0
  /// Frames whose fate on the cable was not heard of yet, by the end that sent them.
  private var waiting: [[Sent]] = [[], []]
  /// Numbers of frames that the cable made.
  private var copies: Set<UInt64> = []
  private var lines: [Line] = []
  private var told: [Int: Int] = [:]
  private(set) var lost = 0
  private(set) var again = 0

  init(client: WorldHost, cable: Int, tellsAll: Bool) {
    self.client = client
    self.cable = UInt32(cable)
    self.tellsAll = tellsAll
  }

  /// What happened since it listened last.
  func listen(_ world: World) -> [Line] {
    let first = max(heard + 1, world.eventCount - min(world.eventCount, 65_535))
    if first <= world.eventCount {
      for number in first...world.eventCount { if let event = world.event(number) { note(event) } }
    }
    heard = world.eventCount
    defer { lines = [] }
    return lines
  }

  /// Connections of which not all was told, and of how many lines.
  var untold: [(connection: Int, lines: Int)] {
    if tellsAll { return [] }
    return told.filter { $0.value > Self.mostLines }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value - Self.mostLines) }
  }

  // MARK: frames

  func sent(_ frame: RawSpan, from node: WorldHost, now: Instant) {
    let end = node === client ? 0 : 1
    waiting[end].append(describe(frame, end, now))
  }

  private func describe(_ frame: RawSpan, _ end: Int, _ now: Instant) -> Sent {
    guard let ethernet = try? EthernetView(frame) else { return Sent(connection: 0, text: "a frame") }
    guard ethernet.type == .ipv4, let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp,
      let segment = try? TCPView(packet.payload)
    else { return Sent(connection: 0, text: ethernet.type == .arp ? "ARP" : "a packet that is no TCP") }
    let port = end == 0 ? segment.sourcePort : segment.destinationPort
    let sequence = segment.sequence.rawValue
    if end == 0, segment.flags.contains(.syn), streams[port]?.start != sequence {
      count += 1
      streams[port] = Stream(number: count, start: sequence)
    }
    guard var stream = streams[port] else { return Sent(connection: 0, text: "TCP of no connection") }
    let way = "connection \(stream.number) \(end == 0 ? "up  " : "down")"
    if segment.flags.contains(.syn) { stream.origins[end] = sequence &+ 1 }
    let offset = sequence &- (stream.origins[end] ?? sequence)
    let what: String
    if segment.flags.contains(.rst) {
      what = "RST"
    } else if segment.flags.contains(.syn) {
      what = segment.flags.contains(.ack) ? "SYN+ACK" : "SYN"
    } else if segment.payloadCount > 0 {
      let bytes = UInt32(segment.payloadCount)
      what = "bytes \(offset) to \(offset &+ bytes)"
      if offset < stream.sent[end] {
        again += 1
        say("sent again", "\(way)  \(what)", stream.number, now)
      }
      stream.sent[end] = max(stream.sent[end], offset &+ bytes)
    } else if segment.flags.contains(.fin) {
      what = "FIN"
    } else {
      let acknowledged = segment.acknowledgment.rawValue &- (stream.origins[1 - end] ?? 0)
      what = "ACK up to \(acknowledged)"
    }
    streams[port] = stream
    return Sent(connection: stream.number, text: "\(way)  \(what)")
  }

  // MARK: their fate

  private func note(_ event: Event) {
    guard event.kind.layer == 1, event.flow == cable, event.host < 2 else { return }
    let end = Int(event.host)
    switch event.kind {
    case .frameDuplicated:
      copies.insert(event.b)
      say("twice", end, event)
    case .frameCorrupted: say("damaged", end, event)
    case .frameReordered: say("held back", end, event)
    case .frameLost:
      if !copies.contains(event.a) { lost += 1 }
      switch FrameLoss(rawValue: UInt8(truncatingIfNeeded: event.d)) {
      case .queueFull: say("lost: queue", end, event)
      case .flightFull, .tooLong: say("lost: size", end, event)
      case .unplugged: say("lost: out", end, event)
      case .drawn, nil: say("lost", end, event)
      }
      leave(end, event)
    case .frameSent: leave(end, event)
    default: break
    }
  }

  private func leave(_ end: Int, _ event: Event) {
    if copies.remove(event.a) == nil, !waiting[end].isEmpty { waiting[end].removeFirst() }
  }

  private func say(_ what: String, _ end: Int, _ event: Event) {
    guard let frame = waiting[end].first, !copies.contains(event.a) else { return }
    say(what, frame.text, frame.connection, event.time)
  }

  private func say(_ what: String, _ text: String, _ connection: Int, _ now: Instant) {
    told[connection, default: 0] += 1
    if !tellsAll, told[connection]! > Self.mostLines { return }
    let padding = String(repeating: " ", count: max(1, 12 - what.count))
    lines.append(Line(time: now, text: what + padding + text))
  }
}
