import StrataBase
import StrataWire

/// How a host tells routers which IPv6 groups it is in (RFC 9777, MLDv2; every group is heard from all
/// its sources).
enum GroupMembership {
  /// A change is told so often (Robustness Variable, RFC 9777 §9.1), the second time within a second.
  static var robustness: Int { 2 }
  static var interval: Interval { .seconds(1) }
  /// Records in one report: 50 of them fit the shortest MTU.
  static var mostRecords: Int { 50 }

  /// RFC 9777 §6: ff02::1 and groups that do not leave their interface are never reported.
  static func isReported(_ group: Address) -> Bool { group != .allNodes && group.scope > .interface }
}

extension Internet {
  // MARK: - Joining and leaving

  /// Takes packets for an IPv6 group on an interface from now on; each join wants its own leave. False
  /// where it is no such group, the interface has no IPv6, or is in `InternetSettings.groups` already.
  @discardableResult
  public mutating func join(_ group: Address, on number: Int) -> Bool {
    precondition(number >= 0 && number < interfaceCount, "attach the interface first")
    guard group.isMulticast, !group.isV4, interfaces[number].ipv6.isUp else { return false }
    return enter(group, on: number)
  }

  /// Undoes one `join`. False where there was none.
  @discardableResult
  public mutating func leave(_ group: Address, on number: Int) -> Bool {
    precondition(number >= 0 && number < interfaceCount, "attach the interface first")
    return quit(group, on: number)
  }

  @discardableResult
  mutating func enter(_ group: Address, on number: Int) -> Bool {
    let interface = interfaces + number
    let reports = GroupMembership.isReported(group) ? GroupMembership.robustness : 0
    if let known = interface.pointee.ipv6.memberships.firstIndex(where: { $0.group == group }) {
      let wasLeft = interface.pointee.ipv6.memberships[known].users == 0
      interface.pointee.ipv6.memberships[known].users += 1
      if !wasLeft { return true }
      interface.pointee.ipv6.memberships[known].reportsLeft = reports
    } else {
      guard interface.pointee.ipv6.memberships.count < max(settings.groups, 1) else { return false }
      interface.pointee.ipv6.memberships.append(
        IPv6Interface.Membership(group: group, reportsLeft: reports))
    }
    reportSoon(on: number)
    return true
  }

  @discardableResult
  mutating func quit(_ group: Address, on number: Int) -> Bool {
    let interface = interfaces + number
    guard
      let known = interface.pointee.ipv6.memberships.firstIndex(where: { $0.group == group && $0.users > 0 })
    else { return false }
    interface.pointee.ipv6.memberships[known].users -= 1
    if interface.pointee.ipv6.memberships[known].users > 0 { return true }
    interface.pointee.ipv6.memberships[known].reportsLeft =
      GroupMembership.isReported(group) ? GroupMembership.robustness : 0
    reportSoon(on: number)
    return true
  }

  private mutating func reportSoon(on number: Int) {
    interfaces[number].ipv6.nextReport = .start
    isDue(on: number)
  }

  // MARK: - Reporting

  mutating func expireReports(on number: Int, at now: Instant) {
    let interface = interfaces + number
    if interface.pointee.ipv6.nextReport <= now { reportChanges(on: number, at: now) }
    if interface.pointee.ipv6.nextAnswer <= now {
      interface.pointee.ipv6.nextAnswer = .never
      var records: [(MLDRecordType, Address)] = []
      for index in interface.pointee.ipv6.memberships.indices {
        let membership = interface.pointee.ipv6.memberships[index]
        interface.pointee.ipv6.memberships[index].isAsked = false
        if membership.isAsked, membership.users > 0 { records.append((.isExclude, membership.group)) }
      }
      report(records, on: number, at: now)
    }
  }

  // RFC 9777 §6.1: a change of state is reported at once, and again.
  private mutating func reportChanges(on number: Int, at now: Instant) {
    let interface = interfaces + number
    var records: [(MLDRecordType, Address)] = []
    for index in interface.pointee.ipv6.memberships.indices
    where interface.pointee.ipv6.memberships[index].reportsLeft > 0 {
      interface.pointee.ipv6.memberships[index].reportsLeft -= 1
      let membership = interface.pointee.ipv6.memberships[index]
      // To take from all sources but none is to be in the group; to take from no source is to leave it.
      records.append((membership.users > 0 ? .changeToExclude : .changeToInclude, membership.group))
    }
    interface.pointee.ipv6.memberships.removeAll { $0.users == 0 && $0.reportsLeft == 0 }
    let isMore = interface.pointee.ipv6.memberships.contains { $0.reportsLeft > 0 }
    interface.pointee.ipv6.nextReport = isMore ? now + pause(of: GroupMembership.interval) : .never
    report(records, on: number, at: now)
  }

  private mutating func pause(of most: Interval) -> Interval {
    .nanoseconds(1 + Int64(random.below(UInt64(max(most.nanoseconds, 1)))))
  }

  private mutating func report(
    _ records: [(MLDRecordType, Address)], on number: Int, at now: Instant
  ) {
    var rest = records[...]
    while !rest.isEmpty {
      report(Array(rest.prefix(GroupMembership.mostRecords)), once: number, at: now)
      rest = rest.dropFirst(GroupMembership.mostRecords)
    }
  }

  private mutating func report(
    _ records: [(MLDRecordType, Address)], once number: Int, at now: Instant
  ) {
    // RFC 9777 §5.2.14: to ff02::16, from a link-local address, or from the unspecified one while there
    // is none; with a hop limit of one and a router alert.
    let destination = Address.allListenerRouters
    let source = interfaces[number].ipv6.linkLocal ?? .any
    var path = Path(
      .multicast, interface: number, source: source, nextHop: destination, mtu: interfaces[number].ipv6.mtu)
    let count = MLDHeader.reportCount + records.count * MLDHeader.recordCount
    let frame = message(count, from: source, to: destination) { out in
      MLDHeader.emitReport(&out, at: 0, records: records.count)
      for (index, (type, group)) in records.enumerated() {
        MLDHeader.emitRecord(&out, at: MLDHeader.reportCount + index * MLDHeader.recordCount, type, group)
      }
    }
    guard var frame else { return drop(.noBuffer, 0, number, at: now) }
    frame.prepend(IPv6Options.routerAlertCount)
    var out = frame.mutableBytes
    IPv6Options.emitRouterAlert(&out, at: 0, nextHeader: .icmpv6)
    sendIPv6Slowly(frame, on: &path, to: destination, .hopByHop, hopLimit: 1, at: now)
  }

  // MARK: - Questions

  // RFC 9777 §6.2: answers are held back for a random time, so that not all come at once.
  /// A router asks who is in which group.
  mutating func receiveListenerQuery(_ packet: consuming Packet, at now: Instant) {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    guard packet.source.isLinkLocal, packet.timeToLive == 1, number != Interface.loopback,
      let query = try? MLDQueryView(packet.frame.bytes)
    else { return drop(.badControlMessage, count, number, at: now) }
    let group = query.group
    let delay = pause(of: .milliseconds(Int64(query.maximumResponse)))
    let interface = interfaces + number
    var isAny = false
    for index in interface.pointee.ipv6.memberships.indices {
      let membership = interface.pointee.ipv6.memberships[index]
      guard GroupMembership.isReported(membership.group), group == .any || group == membership.group else {
        continue
      }
      interface.pointee.ipv6.memberships[index].isAsked = true
      isAny = true
    }
    if isAny {
      interface.pointee.ipv6.nextAnswer = min(interface.pointee.ipv6.nextAnswer, now + delay)
      isDue(on: number)
    }
  }
}
