/// Whom an option is for (bits/socket.h, linux/in.h).
enum OptionLevel {
  static let socket: Int32 = 1  // SOL_SOCKET
  static let ip: Int32 = 0  // IPPROTO_IP
  static let tcp: Int32 = 6  // IPPROTO_TCP
  static let udp: Int32 = 17  // IPPROTO_UDP
  static let ipv6: Int32 = 41  // IPPROTO_IPV6
}

/// Options of every socket (asm-generic/socket.h).
enum SocketOptionName {
  static let reuseAddress: Int32 = 2  // SO_REUSEADDR
  static let type: Int32 = 3  // SO_TYPE
  static let error: Int32 = 4  // SO_ERROR
  static let broadcast: Int32 = 6  // SO_BROADCAST
  static let sendBuffer: Int32 = 7  // SO_SNDBUF
  static let receiveBuffer: Int32 = 8  // SO_RCVBUF
  static let keepAlive: Int32 = 9  // SO_KEEPALIVE
  static let outOfBandInline: Int32 = 10  // SO_OOBINLINE
  static let priority: Int32 = 12  // SO_PRIORITY
  static let linger: Int32 = 13  // SO_LINGER
  static let reusePort: Int32 = 15  // SO_REUSEPORT
  static let receiveLowWater: Int32 = 18  // SO_RCVLOWAT
  static let sendLowWater: Int32 = 19  // SO_SNDLOWAT
  static let receiveTimeout: Int32 = 20  // SO_RCVTIMEO_OLD
  static let sendTimeout: Int32 = 21  // SO_SNDTIMEO_OLD
  static let acceptsConnections: Int32 = 30  // SO_ACCEPTCONN
  static let sendBufferForced: Int32 = 32  // SO_SNDBUFFORCE
  static let receiveBufferForced: Int32 = 33  // SO_RCVBUFFORCE
  static let protocolNumber: Int32 = 38  // SO_PROTOCOL
  static let domain: Int32 = 39  // SO_DOMAIN
  static let newReceiveTimeout: Int32 = 66  // SO_RCVTIMEO_NEW
  static let newSendTimeout: Int32 = 67  // SO_SNDTIMEO_NEW
}

/// Options of TCP (linux/tcp.h).
enum TCPOptionName {
  static let noDelay: Int32 = 1  // TCP_NODELAY
  static let maximumSegment: Int32 = 2  // TCP_MAXSEG
  static let cork: Int32 = 3  // TCP_CORK
  static let keepIdle: Int32 = 4  // TCP_KEEPIDLE
  static let keepInterval: Int32 = 5  // TCP_KEEPINTVL
  static let keepCount: Int32 = 6  // TCP_KEEPCNT
  static let synCount: Int32 = 7  // TCP_SYNCNT
  static let linger2: Int32 = 8  // TCP_LINGER2
  static let info: Int32 = 11  // TCP_INFO
  static let quickAcknowledgment: Int32 = 12  // TCP_QUICKACK
  static let congestion: Int32 = 13  // TCP_CONGESTION
  static let userTimeout: Int32 = 18  // TCP_USER_TIMEOUT
  static let notSentLowWater: Int32 = 25  // TCP_NOTSENT_LOWAT
}

/// Options of IPv4 (linux/in.h).
enum IPOptionName {
  static let typeOfService: Int32 = 1  // IP_TOS
  static let timeToLive: Int32 = 2  // IP_TTL
  static let packetInfo: Int32 = 8  // IP_PKTINFO
  static let receiveError: Int32 = 11  // IP_RECVERR
  static let receiveTimeToLive: Int32 = 12  // IP_RECVTTL
  static let groupInterface: Int32 = 32  // IP_MULTICAST_IF
  static let groupTimeToLive: Int32 = 33  // IP_MULTICAST_TTL
  static let groupLoop: Int32 = 34  // IP_MULTICAST_LOOP
  static let joinGroup: Int32 = 35  // IP_ADD_MEMBERSHIP
  static let leaveGroup: Int32 = 36  // IP_DROP_MEMBERSHIP
}

/// Options of IPv6 (linux/in6.h).
enum IPv6OptionName {
  static let unicastHops: Int32 = 16  // IPV6_UNICAST_HOPS
  static let v6Only: Int32 = 26  // IPV6_V6ONLY
  static let receivePacketInfo: Int32 = 49  // IPV6_RECVPKTINFO
  static let packetInfo: Int32 = 50  // IPV6_PKTINFO
  static let receiveHopLimit: Int32 = 51  // IPV6_RECVHOPLIMIT
  static let hopLimit: Int32 = 52  // IPV6_HOPLIMIT
}
