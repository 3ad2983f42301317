/// Every kind of event, layer by layer, with what its numbers mean. Offsets in a stream are unwrapped
/// to 64 bits and count from the first payload byte of their direction.
extension Event.Kind {
  // MARK: 0x01 cable: `flow` is the cable's number, `host` the end that sends. a = frame number
  /// b = arrival in ns, c = bytes
  @inlinable public static var frameSent: Event.Kind { Event.Kind(rawValue: 0x0101) }
  /// c = bytes
  @inlinable public static var frameArrived: Event.Kind { Event.Kind(rawValue: 0x0102) }
  /// c = bytes, d = `FrameLoss.rawValue`
  @inlinable public static var frameLost: Event.Kind { Event.Kind(rawValue: 0x0103) }
  /// b = the copy's number
  @inlinable public static var frameDuplicated: Event.Kind { Event.Kind(rawValue: 0x0104) }
  /// c = the bit that was flipped
  @inlinable public static var frameCorrupted: Event.Kind { Event.Kind(rawValue: 0x0105) }
  /// b = the extra delay in ns
  @inlinable public static var frameReordered: Event.Kind { Event.Kind(rawValue: 0x0106) }

  /// The world kept it from the host: b = the number of the host it came from, 0 where that is not known;
  /// c = bytes, d = `FrameCut.rawValue`. `host` is the one that does not get it.
  @inlinable public static var frameCut: Event.Kind { Event.Kind(rawValue: 0x0107) }

  // MARK: 0x02 internet: `flow` is the interface's number
  /// a = the address asked for (its last 8 bytes)
  @inlinable public static var neighbourAsked: Event.Kind { Event.Kind(rawValue: 0x0201) }
  /// a = the address (its last 8 bytes), b = its hardware address
  @inlinable public static var neighbourLearned: Event.Kind { Event.Kind(rawValue: 0x0202) }
  /// a = the address (its last 8 bytes), c = packets that waited and are dropped
  @inlinable public static var neighbourFailed: Event.Kind { Event.Kind(rawValue: 0x0203) }
  /// c = bytes, d = `PacketDrop.rawValue`
  @inlinable public static var packetDropped: Event.Kind { Event.Kind(rawValue: 0x0204) }
  /// c = ICMP type, d = ICMP code
  @inlinable public static var controlMessageSent: Event.Kind { Event.Kind(rawValue: 0x0205) }
  /// c = ICMP type, d = ICMP code
  @inlinable public static var controlMessageArrived: Event.Kind { Event.Kind(rawValue: 0x0206) }
  /// a = the destination (its last 8 bytes), c = bytes that a packet to it may have
  @inlinable public static var pathMTULearned: Event.Kind { Event.Kind(rawValue: 0x0207) }
  /// a, b = the IPv6 address, c = its state, `InterfaceAddress.State.rawValue`; 255: it ended
  @inlinable public static var addressChanged: Event.Kind { Event.Kind(rawValue: 0x0210) }
  /// a, b = the IPv6 address of the router that is in use from now on
  @inlinable public static var routerChosen: Event.Kind { Event.Kind(rawValue: 0x0211) }

  // MARK: 0x03 TCP: `flow` is the connection's slot, or the highest number where there is none
  /// a = stream offset, b = acknowledged offset, c = payload bytes, d = flags << 24 | window / 256
  @inlinable public static var segmentSent: Event.Kind { Event.Kind(rawValue: 0x0301) }
  /// as `segmentSent`
  @inlinable public static var segmentSentAgain: Event.Kind { Event.Kind(rawValue: 0x0302) }
  /// as `segmentSent`
  @inlinable public static var segmentArrived: Event.Kind { Event.Kind(rawValue: 0x0303) }
  /// c = `SegmentDrop.rawValue`
  @inlinable public static var segmentDropped: Event.Kind { Event.Kind(rawValue: 0x0304) }
  /// c = the old state, d = the new one
  @inlinable public static var stateChanged: Event.Kind { Event.Kind(rawValue: 0x0305) }
  /// a = bytes newly acknowledged, b = SND.UNA's stream offset
  @inlinable public static var acknowledged: Event.Kind { Event.Kind(rawValue: 0x0306) }
  /// a, b = the stream range that was marked lost
  @inlinable public static var lossDetected: Event.Kind { Event.Kind(rawValue: 0x0307) }
  /// c = which timer, d = how often in a row
  @inlinable public static var timerFired: Event.Kind { Event.Kind(rawValue: 0x0308) }
  /// a = window in bytes, b = slow start threshold
  @inlinable public static var congestionWindowChanged: Event.Kind { Event.Kind(rawValue: 0x0309) }
  /// a = the sample in ns, b = the smoothed time in ns
  @inlinable public static var roundTripMeasured: Event.Kind { Event.Kind(rawValue: 0x030a) }
  /// a = the peer's window in bytes
  @inlinable public static var windowChanged: Event.Kind { Event.Kind(rawValue: 0x030b) }

  /// Nothing had been lost: a = window in bytes, b = slow start threshold, c = how that was found out,
  /// `SpuriousRepair.Proof.rawValue`
  @inlinable public static var repairWasSpurious: Event.Kind { Event.Kind(rawValue: 0x030c) }

  // MARK: 0x04 sockets: `flow` is the socket's slot
  /// c = the call, d = its result or the negative error
  @inlinable public static var called: Event.Kind { Event.Kind(rawValue: 0x0401) }
  /// c = the new readiness
  @inlinable public static var readinessChanged: Event.Kind { Event.Kind(rawValue: 0x0402) }
  /// c = half open, d = finished and not accepted
  @inlinable public static var queuesChanged: Event.Kind { Event.Kind(rawValue: 0x0403) }

  // MARK: 0x05 messages: `flow` is the socket's slot
  /// a = number on this connection
  @inlinable public static var requestBegan: Event.Kind { Event.Kind(rawValue: 0x0501) }
  /// a = number on this connection, c = status
  @inlinable public static var responseBegan: Event.Kind { Event.Kind(rawValue: 0x0502) }
  /// a = number on this connection, b = body bytes, c = status
  @inlinable public static var responseEnded: Event.Kind { Event.Kind(rawValue: 0x0503) }

  // MARK: 0x06 UDP: `flow` is the socket's slot. a = local port << 16 | remote port
  /// c = payload bytes
  @inlinable public static var datagramSent: Event.Kind { Event.Kind(rawValue: 0x0601) }
  /// c = payload bytes
  @inlinable public static var datagramArrived: Event.Kind { Event.Kind(rawValue: 0x0602) }
  /// c = bytes with the header, d = `DatagramDrop.rawValue`; without a socket `flow` is the highest number
  @inlinable public static var datagramDropped: Event.Kind { Event.Kind(rawValue: 0x0603) }
}
