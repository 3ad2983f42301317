import StrataBase
import StrataWire

// Interfaces in virtual networks (IEEE 802.1Q): tags are taken off and put on here, and nobody above
// knows of them.

extension Internet {
  /// Takes a frame with a tag: it is for the interface that is in its network.
  mutating func receiveTagged(_ frame: consuming Frame, on device: Int, at now: Instant) -> Arrival {
    guard let number = interface(ofTagged: frame.bytes, on: device) else {
      drop(.unknownNetwork, frame.count, device, at: now)
      return .none
    }
    let addresses = EthernetHeader.type
    let high = frame.bytes.native64(at: 0), low = frame.bytes.native32(at: 8)
    frame.dropFirst(VLANHeader.count)
    var out = frame.mutableBytes
    out.setNative64(high, at: 0)
    out.setNative32(low, at: addresses - 4)
    frame.notes.interface = UInt16(truncatingIfNeeded: number)
    return receiveUnusual(frame, on: number, at: now)
  }

  /// The interface that is in the network a frame is tagged with.
  private func interface(ofTagged frame: RawSpan, on device: Int) -> Int? {
    guard interfaces[device].vlan == 0,
      let tag = try? VLANView(frame.extracting(droppingFirst: EthernetHeader.count)), tag.type != .vlan
    else { return nil }
    // IEEE 802.1Q §9.6: number 0 only says a priority; the frame belongs to no virtual network.
    let vlan = tag.number
    return (0..<interfaceCount).first { interfaces[$0].device == device && interfaces[$0].vlan == vlan }
  }

  /// Puts the tag of an interface's network on a frame, and sends it by the device below. False: there is
  /// no room in front, and the frame is counted as dropped.
  @inline(never)
  mutating func tag(_ frame: inout Frame, for interface: Int, at now: Instant) -> Bool {
    guard frame.roomInFront >= VLANHeader.count else {
      drop(.noBuffer, frame.count, interface, at: now)
      return false
    }
    let high = frame.bytes.native64(at: 0), low = frame.bytes.native32(at: 8)
    frame.prepend(VLANHeader.count)
    var out = frame.mutableBytes
    out.setNative64(high, at: 0)
    out.setNative32(low, at: 8)
    out.setBig16(EtherType.vlan.rawValue, at: EthernetHeader.type)
    let type = EtherType(rawValue: out.bytes.big16(at: EthernetHeader.count + VLANHeader.type))
    VLANHeader.emit(&out, at: EthernetHeader.count, number: interfaces[interface].vlan, type: type)
    frame.notes.interface = UInt16(truncatingIfNeeded: interfaces[interface].device)
    return true
  }
}
