import Testing

/// Programs that others wrote against the `strata` executable: curl, tshark and a browser. One after the
/// other, so that each has the machine for itself.
@Suite(.serialized) struct InteropTests {}
