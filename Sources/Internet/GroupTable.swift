import StrataBase
import StrataWire

/// All groups of a host, bounded. A group that was left stays until that was told often enough.
struct GroupTable {
  /// A group that this host is in on one link, or has just left, and what is still to be told the routers
  /// (RFC 9776 §5; for IPv6 RFC 9777 §6 is the same).
  struct Membership {
    let group: Address
    let interface: Int
    /// Who joined and did not leave.
    var members: Int
    /// How often the last change is still to be told, and when next.
    var changesLeft: Int
    var changeAt: Instant
    /// When to answer a query.
    var answerAt = Instant.never

    var deadline: Instant { min(changeAt, answerAt) }
  }

  private(set) var memberships: [Membership] = []
  let capacity: Int
  private(set) var nextDeadline = Instant.never

  /// RFC 9776 §8.1 and §8.11: a change is told twice, the second time within a second.
  static var changeReports: Int { 2 }
  static var changeInterval: Interval { .seconds(1) }

  init(capacity: Int) { self.capacity = max(capacity, 1) }

  func index(of group: Address, on interface: Int) -> Int? {
    memberships.firstIndex { $0.group == group && $0.interface == interface }
  }

  func contains(_ group: Address, on interface: Int) -> Bool {
    memberships.contains { $0.group == group && $0.interface == interface && $0.members > 0 }
  }

  /// Whether any group on a link has these lowest 23 bits, which are all that Ethernet shows.
  func contains(lowest bits: UInt32, on interface: Int) -> Bool {
    memberships.contains {
      $0.interface == interface && $0.members > 0 && $0.group.isV4 && $0.group.v4 & 0x7f_ffff == bits
    }
  }

  /// One more member. False: the table is full.
  mutating func join(_ group: Address, on interface: Int, at now: Instant) -> Bool {
    defer { settle() }
    if let index = index(of: group, on: interface) {
      if memberships[index].members == 0 { tell(index, at: now) }
      memberships[index].members += 1
      return true
    }
    if memberships.count == capacity { return false }
    memberships.append(
      Membership(
        group: group, interface: interface, members: 1, changesLeft: Self.changeReports, changeAt: now))
    return true
  }

  /// One member less; the last one's leaving is told.
  mutating func leave(_ group: Address, on interface: Int, at now: Instant) {
    guard let index = index(of: group, on: interface), memberships[index].members > 0 else { return }
    memberships[index].members -= 1
    if memberships[index].members == 0 {
      memberships[index].answerAt = .never
      tell(index, at: now)
    }
    settle()
  }

  private mutating func tell(_ index: Int, at now: Instant) {
    memberships[index].changesLeft = Self.changeReports
    memberships[index].changeAt = now
  }

  /// A router asks for a group, or for all where it is nil: the answer comes no later than `deadline`.
  mutating func queried(_ group: Address?, on interface: Int, answerBy deadline: Instant) {
    for index in memberships.indices where memberships[index].interface == interface {
      if let group, memberships[index].group != group { continue }
      // RFC 9776 §5.2: an answer that is under way already is not put off.
      if memberships[index].members > 0 {
        memberships[index].answerAt = min(memberships[index].answerAt, deadline)
      }
    }
    settle()
  }

  /// What is to be told on one link now: what was told counts as told.
  mutating func report(
    on interface: Int, again: Instant, at now: Instant
  ) -> [(type: GroupRecordType, group: Address)] {
    var records: [(type: GroupRecordType, group: Address)] = []
    for index in memberships.indices where memberships[index].interface == interface {
      let membership = memberships[index]
      if membership.changeAt <= now {
        records.append((membership.members > 0 ? .changeToExclude : .changeToInclude, membership.group))
        memberships[index].changesLeft -= 1
        memberships[index].changeAt = memberships[index].changesLeft > 0 ? again : .never
      } else if membership.answerAt <= now {
        records.append((.modeIsExclude, membership.group))
      }
      if membership.answerAt <= now { memberships[index].answerAt = .never }
    }
    memberships.removeAll { $0.members == 0 && $0.changesLeft == 0 }
    settle()
    return records
  }

  /// The link on which something is due; nil: none.
  func due(at now: Instant) -> Int? { memberships.first { $0.deadline <= now }?.interface }

  private mutating func settle() {
    nextDeadline = memberships.reduce(.never) { min($0, $1.deadline) }
  }
}
