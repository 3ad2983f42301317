import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataTransport
import StrataWire
import Testing

/// One connection from near: its frames, and its congestion window.
@Suite struct ConnectionGoldenTests {
  /// What a line of the trace begins with.
  private static func stamp(_ now: Instant, _ host: String) -> String {
    Golden.number((now - .start).inSeconds * 1_000, 3, width: 9) + " ms  "
      + host + String(repeating: " ", count: 8 - host.count)
  }

  /// Writes down every frame that a host sends, as tcpdump would.
  private final class Dump: FrameObserver {
    var text = ""

    func sent(_ frame: RawSpan, from node: WorldHost, now: Instant) {
      text += ConnectionGoldenTests.stamp(now, node.name)
      guard let ethernet = try? EthernetView(frame) else { return }
      if ethernet.type == .arp, let question = try? ARPView(ethernet.payload) {
        text += "\(question.description)\n"
      } else if let packet = try? IPv4View(ethernet.payload), let segment = try? TCPView(packet.payload) {
        text += "\(segment.description)\n"
      } else if let packet = try? IPv6View(ethernet.payload) {
        if let message = try? NDPView(packet.payload) {
          text += "\(message.description)\n"
        } else if let walk = try? IPv6ExtensionsView(packet.raw),
          let report = try? MLDReportView(walk.payload)
        {
          text += "\(report.description)\n"
        } else if let segment = try? TCPView(packet.payload) {
          text += "\(segment.description)\n"
        }
      }
    }
  }

  private func dump(_ cable: CableSettings, sends count: Int, isIPv6: Bool = false, seed: UInt64 = 7) throws
    -> String
  {
    let site = Site(seed: seed, cable, isIPv6: isIPv6), dump = Dump()
    let server = isIPv6 ? "[fd00::2]:9" : "10.0.0.2:9"
    site.world.observers.append(dump)
    site.world.run(Answerer(server, sends: 100), on: site.server)
    site.world.run(Caller(to: server, sends: count), on: site.client)
    do { _ = try site.world.runUntilQuiet() } catch { print("DEBUG", error, dump.text) }
    return dump.text
  }

  @Test(arguments: [false, true]) func aShortConnection(isIPv6: Bool) throws {
    let text = try dump(CableSettings(delay: .milliseconds(10)), sends: 3_000, isIPv6: isIPv6)
    Golden.expect(text, is: isIPv6 ? "handshake-ipv6.txt" : "handshake.txt")
  }

  @Test(arguments: [false, true]) func aConnectionThroughLoss(isIPv6: Bool) throws {
    let cable = CableSettings(delay: .milliseconds(10), loss: 0.3)
    // A seed by which the neighbours find each other.
    let text = try dump(cable, sends: 8_000, isIPv6: isIPv6, seed: 12)
    Golden.expect(text, is: isIPv6 ? "handshake-lossy-ipv6.txt" : "handshake-lossy.txt")
  }

  /// Slow start, the first losses where the queue overflows, and what each algorithm does after it.
  @Test(arguments: CongestionChoice.allCases) func theCongestionWindow(choice: CongestionChoice) throws {
    let world = World(seed: 7, events: 1 << 20)
    var settings = HostSettings()
    settings.tcp.congestion = choice
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!, settings: settings)
    let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, server, CableSettings(delay: .milliseconds(10), rate: 20_000_000, queue: 40))
    world.run(Answerer("10.0.0.2:9", sends: 0), on: server)
    let caller = world.run(Caller(to: "10.0.0.2:9", sends: 6_000_000), on: client)
    #expect(try world.runUntilQuiet())
    #expect(world.program(caller).isDone)
    var text = """
      # The sender's congestion window by \(choice), at each change of its threshold and else every 100 ms.
      # 20 Mbit/s, 10 ms each way (51 KB on the way), 40 frames of queue (61 KB).
          time   window  threshold

      """
    var nextLine = Instant.start, last = UInt64.max
    for number in 1...world.eventCount {
      guard let event = world.event(number), event.kind == .congestionWindowChanged, event.host == 1,
        event.time >= nextLine || event.b != last
      else { continue }
      nextLine = event.time + .milliseconds(100)
      last = event.b
      let threshold = event.b > 1 << 40 ? "-" : String(event.b)
      text += Golden.number((event.time - .start).inSeconds * 1_000, 1, width: 8)
      text += Golden.column(String(event.a), width: 9) + Golden.column(threshold, width: 11) + "\n"
    }
    Golden.expect(text, is: "congestion-window-\(choice).txt")
  }
}
