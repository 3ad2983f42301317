import StrataBase
import StrataWire

// Telling routers which IPv6 groups this host is in (RFC 9777, MLDv2), out of the same table as IPv4's.

extension Internet {
  /// RFC 9777 §6: ff02::1 and groups that do not leave their interface are never reported.
  private static func isReported(_ group: Address) -> Bool {
    !group.isV4 && group != .allNodes && group.scope > .interface
  }

  /// Records in one report: 50 of them fit the shortest MTU.
  private static var mostRecords: Int { 50 }

  mutating func reportListeners(
    _ records: [(type: GroupRecordType, group: Address)], on number: Int, at now: Instant
  ) {
    guard interfaces[number].ipv6.isUp else { return }
    var rest = records.filter { Internet.isReported($0.group) }[...]
    while !rest.isEmpty {
      sendListenerReport(Array(rest.prefix(Internet.mostRecords)), on: number, at: now)
      rest = rest.dropFirst(Internet.mostRecords)
    }
  }

  private mutating func sendListenerReport(
    _ records: [(type: GroupRecordType, group: Address)], on number: Int, at now: Instant
  ) {
    // RFC 9777 §5.2.14: to ff02::16, from a link-local address, or from the unspecified one while there
    // is none; with a hop limit of one and a router alert.
    let destination = Address.allListenerRouters
    let source = interfaces[number].ipv6.linkLocal ?? .any
    var path = Path(
      .multicast, interface: number, source: source, nextHop: destination, mtu: interfaces[number].ipv6.mtu,
      timeToLive: Internet.groupHopLimit)
    let count = MLDHeader.reportCount + records.count * MLDHeader.recordCount
    let frame = message(count, from: source, to: destination) { out in
      MLDHeader.emitReport(&out, at: 0, records: records.count)
      for (index, record) in records.enumerated() {
        let at = MLDHeader.reportCount + index * MLDHeader.recordCount
        MLDHeader.emitRecord(&out, at: at, record.type, record.group)
      }
    }
    guard var frame else { return drop(.noBuffer, 0, number, at: now) }
    frame.prepend(IPv6Options.routerAlertCount)
    var out = frame.mutableBytes
    IPv6Options.emitRouterAlert(&out, at: 0, nextHeader: .icmpv6)
    counters.membershipReports &+= 1
    sendIPv6Slowly(frame, on: &path, to: destination, .hopByHop, at: now)
  }

  // RFC 9777 §6.2: answers are held back for a random time, so that not all come at once.
  /// A router asks who is in which group.
  mutating func receiveListenerQuery(_ packet: consuming Packet, at now: Instant) {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    guard packet.source.isLinkLocal, packet.timeToLive == 1, number != Interface.loopback,
      let query = try? MLDQueryView(packet.frame.bytes)
    else { return drop(.badMembershipMessage, count, number, at: now) }
    let group = query.group == .any ? nil : query.group
    let most = UInt64(max(query.maximumResponse, 1)) * 1_000_000
    groups.queried(group, on: number, answerBy: now + .nanoseconds(Int64(1 + random.below(most))))
  }
}
