import StrataBase
import StrataTransport

/// What is set on a socket beside its connection's settings, in the form in which it can be read again.
struct SocketOptions {
  var reuseAddress = false
  var reusePort = false
  var broadcast = false
  var outOfBandInline = false
  var priority: Int32 = 0
  /// SO_RCVLOWAT
  var lowWater = 1
  /// SO_RCVTIMEO and SO_SNDTIMEO; nil: for ever.
  var receiveTimeout: Interval?
  var sendTimeout: Interval?
  /// SO_LINGER where it is on.
  var linger: Interval?
  /// What Linux would count: twice what was asked for.
  var sendBuffer: Int32
  var receiveBuffer: Int32
  var keepAlive = false
  var keepIdle: Int32 = 7_200
  var keepInterval: Int32 = 75
  var keepCount: Int32 = 9
  var corks = false
  var quickAcknowledgment: Int32 = 1
  /// TCP_MAXSEG; 0: none.
  var maximumSegment: Int32 = 0
  /// TCP_LINGER2 in seconds; 0: the host's.
  var linger2: Int32 = 0
  /// TCP_NOTSENT_LOWAT
  var notSentLowWater: Int?
  var v6Only = false
  /// IP_PKTINFO and IPV6_RECVPKTINFO
  var receivesPacketInfo = false
  /// IP_RECVTTL and IPV6_RECVHOPLIMIT
  var receivesTimeToLive = false
  /// What new connections are made with where nothing was set.
  let standard: TCPSettings

  init(_ settings: TCPSettings) {
    standard = settings
    sendBuffer = Int32(clamping: settings.sendBuffer * 2)
    receiveBuffer = Int32(clamping: settings.receiveBuffer * 2)
  }

  /// A name that connections still use may be taken.
  var reusesName: Bool { reuseAddress || reusePort }
}
