import StrataBase
import StrataInternet
import StrataWire
import Testing

@Suite struct VirtualNetworksTests {
  private let inside = Address("192.168.5.2")!

  /// A host with network 5 over its one link.
  private func site() -> Site {
    var site = Site()
    let number = site.internet.attach(vlan: 5, over: 0, address: AddressPrefix("192.168.5.1/24")!)
    #expect(number == 1)
    return site
  }

  /// A frame with a tag put in.
  private func tagged(_ bytes: [UInt8], _ number: UInt16, priority: UInt16 = 0) -> [UInt8] {
    let control = priority << 13 | number
    return Array(bytes[..<12]) + [0x81, 0, UInt8(control >> 8), UInt8(control & 255)] + bytes[12...]
  }

  @Test func framesOfAnInterfaceInAVirtualNetworkAreTagged() {
    var site = site()
    site.send([1, 2], to: inside)
    let questions = site.transmitted()
    #expect(questions.count == 1 && questions[0][12...15] == [0x81, 0, 0, 5])
    #expect(
      site.receive(
        tagged(arp(.reply, from: inside, theirHardware, to: Address("192.168.5.1")!, mineHardware), 5))
        == .none)
    let frames = site.transmitted()
    #expect(frames.count == 1 && frames[0][12...17] == [0x81, 0, 0, 5, 8, 0])
    let plain = Sent(Array(frames[0][..<12] + frames[0][16...]))
    #expect(plain.to == theirHardware && plain.payload == [1, 2] && plain.checksumsAreRight)
    #expect(plain.source == Address("192.168.5.1")! && site.pool.outstanding == 0)
  }

  @Test func taggedFramesGoToTheInterfaceInTheirNetwork() {
    var site = site()
    let to = Address("192.168.5.1")!
    let bytes = packet([1, 2, 3], from: inside, to: to)
    #expect(site.receive(tagged(bytes, 5, priority: 6)) == .packet([1, 2, 3], from: inside, to: to, .udp))
    let mineOwn = packet([4])
    #expect(site.receive(tagged(mineOwn, 0, priority: 7)) == .packet([4], from: theirs, to: mine, .udp))
    #expect(site.internet.counters.dropped == 0)
  }

  @Test func otherNetworksAndBrokenTagsAreNotOurs() {
    var site = site()
    let bytes = packet([1])
    #expect(site.receive(tagged(bytes, 6)) == .none)
    #expect(site.receive(tagged(tagged(bytes, 5), 5)) == .none)
    #expect(site.receive(Array(tagged(bytes, 5)[..<16])) == .none)
    #expect(site.internet.counters[.unknownNetwork] == 3 && site.pool.outstanding == 0)
  }

  @Test func aFrameThatLeavesByAVirtualNetworkNamesItsDevice() {
    var site = site()
    site.send([1], to: inside)
    guard let frame = site.internet.outgoing.pop() else {
      Issue.record("nothing goes")
      return
    }
    #expect(frame.notes.interface == 0)
  }
}
