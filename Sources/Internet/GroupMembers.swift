import StrataBase
import StrataWire

// Being in groups (RFC 1112, RFC 9776).

extension Internet {
  /// Hears a group on an interface from now on, and tells the routers there. One call a member. False:
  /// there are `InternetSettings.groups` already, or it is no group.
  public mutating func join(_ group: Address, on interface: Int, at now: Instant) -> Bool {
    guard group.isMulticast, interface >= 0, interface < interfaceCount,
      group.isV4 || interfaces[interface].ipv6.isUp, groups.join(group, on: interface, at: now)
    else { return false }
    expireMemberships(at: now)
    return true
  }

  /// One member less. The group is not heard any more when that was the last.
  public mutating func leave(_ group: Address, on interface: Int, at now: Instant) {
    groups.leave(group, on: interface, at: now)
    expireMemberships(at: now)
  }

  /// Whether packets to a group are for this host. RFC 1112 §4, RFC 4291 §2.8: all hosts are in 224.0.0.1
  /// and in ff02::1.
  public func isMember(of group: Address, on interface: Int) -> Bool {
    group == .allHosts || group == .allNodes || groups.contains(group, on: interface)
  }

  /// Whether frames to a group address of Ethernet are for us.
  func hears(_ hardware: HardwareAddress, on interface: Int) -> Bool {
    if hardware.isIPv6Group { return interfaces[interface].ipv6.isUp }
    guard hardware.number >> 23 == 0x0100_5e00_0000 >> 23 else { return false }
    let bits = UInt32(truncatingIfNeeded: hardware.number & 0x7f_ffff)
    return bits == 1 || groups.contains(lowest: bits, on: interface)
  }

  mutating func receiveMembershipMessage(_ packet: consuming Packet, at now: Instant) {
    let interface = Int(packet.frame.notes.interface), count = packet.frame.count
    guard let message = try? IGMPView(packet.frame.bytes), message.checksumIsRight, message.type == .query,
      message.group.isUnspecified || message.group.isMulticast, interface < interfaceCount
    else { return drop(.badMembershipMessage, count, interface, at: now) }
    let group = message.group.isUnspecified ? nil : message.group
    // RFC 9776 §5.2: each host waits a random time, so that not all answer at once.
    let most = UInt64(max(message.maximumResponse, 1)) * 100_000_000
    let delay = Interval.nanoseconds(Int64(random.below(most)))
    groups.queried(group, on: interface, answerBy: now + delay)
  }

  /// Tells the routers what is due.
  mutating func expireMemberships(at now: Instant) {
    while groups.nextDeadline <= now, let interface = groups.due(at: now) {
      let most = UInt64(GroupTable.changeInterval.nanoseconds)
      let again = now + .nanoseconds(Int64(1 + random.below(most)))
      let records = groups.report(on: interface, again: again, at: now)
      report(records, on: interface, at: now)
      reportListeners(records, on: interface, at: now)
    }
  }

  /// Sends a report of version 3. RFC 9776 §4: to 224.0.0.22, with a TTL of 1 and the Router Alert option.
  private mutating func report(
    _ records: [(type: GroupRecordType, group: Address)], on interface: Int, at now: Instant
  ) {
    // RFC 9776 §4.2.14: 224.0.0.1 is never reported.
    let records = records.filter { $0.group != .allHosts && $0.group.isV4 }
    let count = IGMPHeader.count + records.count * IGMPHeader.recordCount
    guard !records.isEmpty, var frame = pool.take() else { return }
    frame.append(count)
    var out = frame.mutableBytes
    for (index, record) in records.enumerated() {
      let at = IGMPHeader.count + index * IGMPHeader.recordCount
      IGMPHeader.emitRecord(&out, at: at, type: record.type, group: record.group)
    }
    IGMPHeader.emit(
      &out, at: 0, type: .report, code: 0, rest: UInt32(records.count), bodyCount: count - IGMPHeader.count)
    counters.membershipReports &+= 1
    sendWithRouterAlert(frame, to: .allReportTakers, by: interface, at: now)
  }

  /// RFC 2113: routers look into a packet with this option even when it is not for them.
  private mutating func sendWithRouterAlert(
    _ frame: consuming Frame, to group: Address, by interface: Int, at now: Instant
  ) {
    let count = frame.count, headerCount = IPv4Header.count + 4
    frame.prepend(headerCount)
    var out = frame.mutableBytes
    ipv4.emit(
      &out, at: 0, from: interfaces[interface].address, to: group, protocol: .igmp, payloadCount: count,
      timeToLive: IPv4Output.groupTimeToLive)
    out.setByte(0x46, at: 0)
    out.setBig16(UInt16(headerCount + count), at: IPv4Header.totalCount)
    out.setBig32(0x9404_0000, at: IPv4Header.count)
    out.setNative16(0, at: IPv4Header.checksum)
    let sum = Checksum.sum(out.bytes.extracting(first: headerCount))
    out.setNative16(~Checksum.fold(sum), at: IPv4Header.checksum)
    prependEthernet(&frame, to: IPv4Output.hardware(ofGroup: group), by: interface)
    transmit(frame, by: interface, at: now)
  }
}

extension Address {
  /// 224.0.0.1
  static var allHosts: Address { Address(v4: 0xe000_0001) }
  /// 224.0.0.22, the routers that take reports of version 3.
  static var allReportTakers: Address { Address(v4: 0xe000_0016) }
}
