/// Why a frame or packet went no further. Each is counted, and named in the trace.
public enum PacketDrop: UInt8, Error, CaseIterable, Sendable {
  // Coming in.
  /// Fewer bytes than an Ethernet header.
  case shortFrame
  /// Sent to another hardware address, or to a group that we are not in.
  case otherHardware
  /// Neither IPv4 nor ARP, nor IPv6 where that is used.
  case unknownType
  /// Fewer bytes than an IPv4 header.
  case shortHeader
  case badVersion
  case badHeaderLength
  case badTotalLength
  case badHeaderChecksum
  /// Sent to an address that is not ours, where `InternetSettings.forwards` is off, or to a group that we
  /// are not in.
  case otherAddress
  /// The time to live was zero, or became so here.
  case timeToLive
  /// From a broadcast, multicast, loopback or unspecified address, or from our own.
  case badSource
  /// A piece that can be part of no packet, or that was here already.
  case fragment
  /// Sent to everyone, where the protocol allows only one receiver.
  case broadcast
  /// Neither TCP, UDP nor ICMP; answered with an error.
  case unknownProtocol
  /// A control message that is too short, quotes too little, or quotes what was not ours.
  case badControlMessage
  case badControlChecksum
  /// A control message that nobody here waits for.
  case unusedControlMessage
  /// An echo request larger than we answer.
  case largeEcho
  /// A message of ARP or neighbour discovery that is malformed, or not for Ethernet.
  case badNeighbourMessage
  /// A neighbour that says it has our own address (RFC 5227 §2.4).
  case addressConflict
  /// A neighbour with an impossible hardware or Internet address.
  case neighbourRefused
  /// An ARP answer that nobody asked for.
  case neighbourUnasked
  // Going out.
  case noRoute
  /// Longer than the path takes.
  case tooLong
  /// `InternetSettings.outgoing` frames wait for their device.
  case outgoingFull
  /// `InternetSettings.loopbackPackets` wait for this host itself.
  case loopbackFull
  /// The oldest of `InternetSettings.waitingPackets` that waited for one neighbour.
  case waitingFull
  /// It waited for a neighbour that made room for another.
  case neighbourReclaimed
  /// The next hop does not answer.
  case neighbourFailed
  /// No buffer was left.
  case noBuffer
  /// A control error that must not be sent (RFC 1122 §3.2.2), or one too many.
  case errorForbidden
  case errorLimited
  /// A control error that found no room to wait for the transports.
  case errorsFull
  // Pieces of packets.
  /// A piece that contradicts another; its packet is refused (RFC 5722).
  case reassemblyOverlap
  /// It had to go for a newer packet: `InternetSettings.reassemblyPackets` and `reassemblyMemory`.
  case reassemblyFull
  /// The rest of its packet did not come in time.
  case reassemblyExpired
  // Passing on.
  /// From or to an address that no router passes on.
  case martian
  // Virtual networks.
  /// A tag of a network that no interface of ours is in, or half a tag.
  case unknownNetwork
  /// A membership message that is damaged, or that hosts do not take.
  case badMembershipMessage
  // IPv6.
  /// An extension header or option that does not fit, or more of them than are read.
  case badExtension
  /// An extension header or option that says that it must be known; answered as it wants.
  case unknownExtension
  /// Nothing follows the headers (RFC 8200 §4.7).
  case noNextHeader
  /// Neighbour discovery from beyond the link: its hop limit is not 255.
  case discoveryFromAfar
  /// An address of ours that somebody else has, so that we do not take it (RFC 4862 §5.4).
  case duplicateAddress
  /// A router's advertisement of what we do not take, or of more than we keep.
  case advertisementRefused
  /// A redirect that is not our first hop's, or that leads off the link.
  case redirectRefused
  /// An IPv4 packet whose sender names the way it is to take (RFC 7126 §4.3).
  case sourceRoute
}
