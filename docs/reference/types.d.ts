// Written by `make docs` from the models that the gateway sends; change those instead.

/** One attempt at a repair. */
export interface ActionBody {
  /** the incident's id and the attempt */
  id: string;
  /** what is done */
  action: ActionKind;
  /** the node or link that it is done to */
  target: string;
  /** counts from 1 within its incident */
  attempt: number;
  /** where it stands */
  state: ActionState;
  /** `loop`, or the person who approved or rejected it */
  by: string;
  /** when it was proposed */
  proposed: string;
  /** when the network was asked */
  started: string | null;
  /** when it took effect */
  applied: string | null;
  /** when it was verified, failed, reverted or rejected */
  finished: string | null;
  /** why it stands there; empty: nothing to add */
  reason: string;
}

/** What a repair can do to the network. */
export type ActionKind = "restart_process" | "clear_cache" | "reset_interface" | "reboot_node" | "enable_link" | "rate_limit" | "optimize_routing";

/** Where one action stands in its life. */
export type ActionState = "proposed" | "blocked" | "approved" | "started" | "applied" | "verified" | "failed" | "reverted" | "rejected";

/** The causes. */
export interface Analyze {
  root_causes: Array<RootCause>;
  count: number;
}

/** `GET /api/metrics/history/averages`. */
export interface AveragesBody {
  /** seconds averaged into one point; null: as measured */
  step: number | null;
  /** oldest first */
  points: Array<AveragesPoint>;
}

/** The averages at one time; null where no node was sampled. */
export interface AveragesPoint {
  /** when it was measured, or when the seconds of the mean begin */
  at: string;
  /** % */
  avg_cpu: number | null;
  /** % */
  avg_memory: number | null;
  /** ms */
  avg_latency: number | null;
  /** % */
  avg_packet_loss: number | null;
}

/** One ranked cause, with what speaks for it. */
export interface CauseBody {
  /** the node or link that is at fault */
  node: string;
  /** what is wrong with it */
  kind: FaultKind;
  /** 0 to 1 */
  confidence: number;
  /** what speaks for it, in words */
  evidence: Array<string>;
  /** what would cure it, the best first */
  actions: Array<ProposalBody>;
}

/** What an incident is put down to. */
export interface CauseInBrief {
  /** the node or link that is at fault */
  node: string;
  /** what is wrong with it */
  kind: FaultKind;
  /** 0 to 1 */
  confidence: number;
}

/** The incidents that gather something. */
export interface Correlate {
  correlations: Array<Correlated>;
  count: number;
}

/** An incident of two or more members. */
export interface Correlated {
  timestamp: string;
  node_id: string;
  event_count: number;
  event_types: Array<string>;
  pattern: string;
}

/** How many faults there were and what became of them; `early`: leaks and flaps named in time. */
export interface Counts {
  /** faults that were injected */
  faults: number;
  /** faults that live yet or ended just now: what they lack may come */
  pending: number;
  /** faults that an incident belongs to */
  detected: number;
  /** faults whose place was named rightly when it was acted on */
  right_node: number;
  /** faults whose kind was named rightly when it was acted on */
  right_kind: number;
  /** faults that an action ended, all members clear within 5 s */
  repaired: number;
  /** leaks and flaps that were named in time; null: there were none */
  early: number | null;
  /** how long each step took */
  seconds: Seconds;
}

/** `cycle_update`. */
export interface CycleBody {
  cycle: number;
  timestamp: string;
  phases: Phases;
}

/** One turn of the injector's clock; sent again, with the same `cycle`, when more is known of it. */
export interface CycleFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  event: "cycle_update";
  data: CycleBody;
}

/** What is wanted: `running` and the campaign govern the injector alone, `mode` governs repair. */
export interface Desired {
  /** whether the campaign strikes */
  running: boolean;
  /** seconds of network time between cycles */
  interval: number;
  /** chance of a fault in a cycle, 0 to 1 */
  chance: number;
  /** kinds of fault to choose from */
  kinds: Array<FaultKind>;
  /** elements to choose from; empty: all */
  targets: Array<string>;
  /** faults live at once, at most */
  at_once: number;
  /** seconds after which a fault ends by itself */
  ttl: number;
  /** strike this many, then only turn cycles; null: no end */
  max_faults: number | null;
  /** the detector's plain limits */
  thresholds: Thresholds;
  /** how far the remediator may go */
  mode: Mode;
}

/** The anomalies. */
export interface Detect {
  anomalies: Array<Detected>;
  count: number;
}

/** An anomaly that belongs to the cycle. */
export interface Detected {
  timestamp: string;
  node_id: string;
  metric: string;
  value: number;
  threshold: number;
  severity: Severity;
}

/** What ended a fault. */
export type EndedBy = "action" | "ttl" | "cancelled";

/** What is enforced, by the word of those who enforce it; null: none of them has answered lately. */
export interface EnforcedBody {
  /** the campaign */
  injector: EnforcedRunning | null;
  /** repair */
  remediator: EnforcedMode | null;
}

/** What the remediator says of itself. */
export interface EnforcedMode {
  /** how far it goes */
  mode: Mode;
  /** seconds since the process that was silent longest last said so */
  age: number;
}

/** What the injector says of itself. */
export interface EnforcedRunning {
  /** whether its campaign strikes */
  running: boolean;
  /** seconds since the process that was silent longest last said so */
  age: number;
}

/** The answer to a frame that was not understood; the connection goes on. */
export interface ErrorFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  event: "error";
  data: Misunderstanding;
}

/** One thing that was broken on purpose. `ends` is when its TTL runs out. */
export interface Fault {
  /** the name of the fault */
  id: string;
  /** what is broken */
  kind: FaultKind;
  /** the node, or the link written `a--b` */
  target: string;
  /** how bad it is: 1 is the worst */
  strength: number;
  /** network time of the landing */
  started: string;
  /** network time at which it ends by itself */
  ends: string;
  /** network time of the end; null: it lives */
  ended: string | null;
  /** what ended it; null: it lives */
  ended_by: EndedBy | null;
  /** the cycle that struck it; null: a person did */
  cycle: number | null;
}

/** What can break. A fault changes a cause in the network, never a metric. */
export type FaultKind = "high_cpu" | "high_memory" | "high_latency" | "packet_loss" | "node_down" | "link_down" | "link_flap" | "congestion";

/** `GET /api/faults`: the live ones and the last hundred that ended, oldest first. */
export interface FaultsBody {
  /** oldest first */
  faults: Array<Fault>;
}

/** `GET /api/metrics/history`. */
export interface HistoryBody {
  /** the node or link */
  node: string;
  /** the name of the metric */
  metric: string;
  /** seconds averaged into one point; null: as measured */
  step: number | null;
  /** oldest first */
  points: Array<HistoryPoint>;
}

/** One value of a metric. */
export interface HistoryPoint {
  /** when it was measured, or when the seconds of the mean begin */
  at: string;
  /** in the unit of the metric */
  value: number;
}

/** An incident in a list. `resolution_time` is the moment it was resolved. */
export interface IncidentBody {
  /** the id of its first anomaly */
  id: string;
  /** when it was opened */
  timestamp: string;
  /** what it is put down to; before that, what its first member looks like */
  type: FaultKind;
  /** of its worst member */
  severity: Severity;
  /** the node or link that it is put down to; before that, that of its first member */
  node_id: string;
  /** where it stands */
  status: IncidentState;
  /** when it was resolved */
  resolution_time: string | null;
  /** seconds from opened to resolved */
  resolution_seconds: number | null;
  /** what cleared it */
  resolution: Resolution | null;
  /** the id of the incident that it lives on in */
  merged_into: string | null;
  /** how its members belong together, in words */
  pattern: string;
  /** how many anomalies it gathers */
  member_count: number;
  /** the most likely cause */
  cause: CauseInBrief | null;
  /** why it waits for a person */
  escalation: string | null;
  /** who has seen it */
  acknowledged_by: string | null;
  /** grows with all that is learnt of it, its actions and its timeline included */
  revision: number;
  /** the nodes and links that it concerns: its cause, its members, the targets of its actions */
  elements: Array<string>;
}

/** `GET /api/incidents/{id}`. */
export interface IncidentDetail {
  /** the id of its first anomaly */
  id: string;
  /** when it was opened */
  timestamp: string;
  /** what it is put down to; before that, what its first member looks like */
  type: FaultKind;
  /** of its worst member */
  severity: Severity;
  /** the node or link that it is put down to; before that, that of its first member */
  node_id: string;
  /** where it stands */
  status: IncidentState;
  /** when it was resolved */
  resolution_time: string | null;
  /** seconds from opened to resolved */
  resolution_seconds: number | null;
  /** what cleared it */
  resolution: Resolution | null;
  /** the id of the incident that it lives on in */
  merged_into: string | null;
  /** how its members belong together, in words */
  pattern: string;
  /** how many anomalies it gathers */
  member_count: number;
  /** the most likely cause */
  cause: CauseInBrief | null;
  /** why it waits for a person */
  escalation: string | null;
  /** who has seen it */
  acknowledged_by: string | null;
  /** grows with all that is learnt of it, its actions and its timeline included */
  revision: number;
  /** the nodes and links that it concerns: its cause, its members, the targets of its actions */
  elements: Array<string>;
  /** the most likely first */
  causes: Array<CauseBody>;
  /** the anomalies, in the order in which they joined */
  members: Array<MemberBody>;
  /** the first attempt first */
  actions: Array<ActionBody>;
  /** oldest first */
  timeline: Array<TimelineEntry>;
  /** `name: text`, oldest first */
  comments: Array<string>;
}

/** Where an incident stands. An escalated one is still open, but waits for a person. */
export type IncidentState = "open" | "escalated" | "resolved";

/** `GET /api/incidents`; `next_cursor` leads to the older ones. */
export interface IncidentsBody {
  /** oldest first */
  recent_incidents: Array<IncidentBody>;
  /** counts of all, whatever was asked for */
  stats: Stats;
  /** `cursor` of the call that returns the older ones; null: no more */
  next_cursor: string | null;
}

/** The incidents that changed, and the counts of all. */
export interface IncidentsChange {
  /** oldest first */
  recent_incidents: Array<IncidentBody>;
  /** counts of all, whatever was asked for */
  stats: Stats;
  /** `cursor` of the call that returns the older ones; null: no more */
  next_cursor: string | null;
  /** ids of incidents that are no longer among the recent; left out in an answer */
  removed?: Array<string>;
}

/** Incidents; whole: the body of `GET /api/incidents`. */
export interface IncidentsFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  /** true in an answer to `request_data`; else left out */
  whole?: boolean;
  event: "incidents_update";
  data: IncidentsChange;
}

/** A fault of the cycle. */
export interface Injected {
  timestamp: string;
  node_id: string;
  failure_type: FaultKind;
  severity: Severity;
}

/** The level of a line in the operator's log. */
export type Level = "info" | "success" | "warning" | "error";

/** A link as it is now. */
export interface LinkBody {
  /** `source--target` */
  id: string;
  /** the id of one end */
  source: string;
  /** the id of the other */
  target: string;
  /** Mbit/s */
  capacity: number;
  /** % of capacity */
  utilization: number | null;
  /** ms */
  latency: number | null;
  /** % */
  packet_loss: number | null;
  /** up or down */
  status: string;
}

/** A line of the operator's log. */
export interface LogBody {
  /** when it was written */
  timestamp: string;
  /** how loud */
  level: Level;
  /** what there is to say */
  message: string;
  /** who says it */
  service: string;
}

/** `GET /api/logs`. */
export interface LogsBody {
  /** oldest first */
  logs: Array<LogBody>;
}

/** The new lines of the log, oldest first; whole: the last hundred. */
export interface LogsFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  /** true in an answer to `request_data`; else left out */
  whole?: boolean;
  event: "logs_update";
  data: Array<LogBody>;
}

/** An anomaly of an incident, and why it is in. */
export interface MemberBody {
  /** the id of the anomaly */
  id: string;
  /** the node or link */
  node: string;
  /** the name of the metric */
  metric: string;
  /** in the unit of the metric */
  value: number;
  /** what the learnt baseline expected */
  expected: number;
  /** the limit that was crossed */
  threshold: number;
  /** deviations from the expected value */
  score: number;
  /** how bad it is */
  severity: Severity;
  /** the sample with which it began */
  since: string;
  /** the sample that made it sure */
  at: string;
  /** why it is in this incident */
  why: string;
  /** when it was back; null: still out of line */
  cleared: string | null;
}

/** `GET /api/metrics`. */
export interface MetricsBody {
  /** every node, or the one that was asked for */
  nodes: Array<NodeBody>;
  /** the whole network */
  summary: Summary;
  /** network time of the newest sample */
  timestamp: string;
}

/** The nodes of which anything changed, a metric or the status; the summary is of the whole network. */
export interface MetricsChange {
  nodes: Array<NodeBody>;
  summary: Summary;
  timestamp: string;
  /** ids of nodes that are gone; left out in an answer */
  removed?: Array<string>;
}

/** Nodes with their metrics; whole: the body of `GET /api/metrics`. */
export interface MetricsFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  /** true in an answer to `request_data`; else left out */
  whole?: boolean;
  event: "metrics_update";
  data: MetricsChange;
}

/** What is wrong with a frame of the client, and what may be sent instead. */
export interface Misunderstanding {
  message: string;
  events: Array<string>;
  types: Array<"topology" | "metrics" | "logs" | "incidents">;
}

/** How far the remediator may go: nothing, propose, act once approved, act. */
export type Mode = "off" | "suggest" | "approve" | "auto";

/** The whole network as the stabilizer sees it; blind where no telemetry comes, so that nobody can tell. */
export type NetworkState = "stable" | "recovering" | "unstable" | "blind";

/** A node as it is now; one that is down keeps its last values. */
export interface NodeBody {
  /** the name of the node */
  id: string;
  /** what it is for */
  type: NodeType;
  /** the stabilizer's word on it */
  status: NodeStatus;
  /** % */
  cpu_usage: number | null;
  /** % */
  memory_usage: number | null;
  /** ms */
  latency: number | null;
  /** % */
  packet_loss: number | null;
  /** Mbit/s */
  throughput: number | null;
  /** the ids of its neighbours */
  connections: Array<string>;
}

/** A node as the stabilizer sees it: degraded has trouble of its own, affected only suffers from another's. */
export type NodeStatus = "healthy" | "affected" | "degraded" | "down";

/** What a node is for. */
export type NodeType = "router" | "switch" | "server";

/** The six phases; `inject` is the first of `injects`, and is left out where nothing was struck. */
export interface Phases {
  inject?: Injected | null;
  injects: Array<Injected>;
  detect: Detect;
  correlate: Correlate;
  analyze: Analyze;
  remediate: Remediate;
  stabilize: Stabilize;
}

/** An action that fits a cause. */
export interface ProposalBody {
  /** what to do */
  action: ActionKind;
  /** the node or link to do it to */
  target: string;
}

/** The middle, the 95th percentile and the longest, in seconds, right to half a percent; None without a sample. */
export interface Quantiles {
  /** the middle, seconds */
  p50: number | null;
  /** 95 % are not longer, seconds */
  p95: number | null;
  /** the longest, seconds */
  max: number | null;
}

/** The actions. */
export interface Remediate {
  actions: Array<Remedied>;
  count: number;
}

/** An action that was applied; `result` is success, failed or pending. */
export interface Remedied {
  timestamp: string;
  node_id: string;
  action: ActionKind;
  result: string;
  message: string;
}

/** One process of a service. */
export interface ReplicaBody {
  /** the name of the process */
  id: string;
  /** of the product */
  version: string;
  /** its process id */
  pid: number;
  /** wall time of its start */
  started: string;
}

/** What cleared a resolved incident; `merged` ones live on in another and are not counted. */
export type Resolution = "auto_resolved" | "manual_intervention" | "self_cleared" | "merged";

/** What an incident was put down to. */
export interface RootCause {
  timestamp: string;
  node_id: string;
  root_cause: FaultKind;
  affected_metrics: Array<string>;
  confidence: number;
}

/** The scorecard. `seconds` leaves leaks and flaps out: they show only slowly, by their nature. */
export interface ScorecardReport {
  /** faults that were injected */
  faults: number;
  /** faults that live yet or ended just now: what they lack may come */
  pending: number;
  /** faults that an incident belongs to */
  detected: number;
  /** faults whose place was named rightly when it was acted on */
  right_node: number;
  /** faults whose kind was named rightly when it was acted on */
  right_kind: number;
  /** faults that an action ended, all members clear within 5 s */
  repaired: number;
  /** leaks and flaps that were named in time; null: there were none */
  early: number | null;
  /** how long each step took */
  seconds: Seconds;
  /** wrong actions at the right place */
  missed_actions: number;
  /** actions where nothing was broken */
  needless_actions: number;
  /** anomalies raised while nothing was broken */
  false_anomalies: number;
  /** actions that were applied */
  actions: number;
  /** the same counts for each kind of fault */
  by_kind: Record<string, Counts>;
}

/** How long each step took: fault to raised, raised to diagnosed, diagnosed to applied, fault to verified. */
export interface Seconds {
  /** from the fault to its first anomaly */
  detect: Quantiles;
  /** from the anomaly to the cause that was acted on */
  diagnose: Quantiles;
  /** from that cause to the action applied */
  act: Quantiles;
  /** from the fault to the repair verified */
  repair: Quantiles;
}

/** A service is `up` when at least one process of it answers on the bus. */
export interface ServiceBody {
  /** the name of the service */
  name: string;
  /** `up` or `down` */
  status: string;
  /** its processes */
  replicas: Array<ReplicaBody>;
}

/** `GET /api/services`. */
export interface ServicesBody {
  /** the eight of NMS, then what else answers */
  services: Array<ServiceBody>;
}

/** How bad an anomaly or incident is. */
export type Severity = "warning" | "critical";

/** Everything at once. */
export interface Snapshot {
  /** as `GET /api/status` */
  status: StatusBody;
  /** as `GET /api/topology` */
  topology: TopologyBody;
  /** as `GET /api/metrics` */
  metrics: MetricsBody;
  /** the last hundred lines, oldest first */
  logs: Array<LogBody>;
  /** as `GET /api/incidents` */
  incidents: IncidentsBody;
  /** the newest cycle that was told; null until one was */
  cycle: CycleBody | null;
  /** the last 24 cycles that were told, oldest first */
  cycles: Array<CycleBody>;
}

/** Everything: the first frame, and what a client gets that was too slow or names an unknown `seq`. */
export interface SnapshotFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  event: "snapshot";
  data: Snapshot;
}

/** How the network stood. */
export interface Stabilize {
  timestamp: string;
  healthy_nodes: number;
  affected_nodes: number;
  total_nodes: number;
  health_percentage: number;
}

/** Incidents counted; merged ones are not. `auto_resolution_rate` = auto_resolved / closed. */
export interface Stats {
  /** all since the system was begun */
  total_incidents: number;
  /** cleared by a verified action, without a person */
  auto_resolved: number;
  /** escalated, or a person acted */
  manual_intervention: number;
  /** cleared without an action */
  self_cleared: number;
  /** seconds from opened to resolved */
  avg_resolution_time: number;
  /** 0 to 1: auto_resolved / closed */
  auto_resolution_rate: number;
}

/** `GET /api/status`. `services` is `up` or `down` by service. `running` and `mode` are what injector and remediator enforce, as they report it; where one has not answered for 15 s, the wanted value stands here and `enforced` has null for it. `GET /api/config` says what is wanted. */
export interface StatusBody {
  /** whether the campaign strikes */
  running: boolean;
  /** turns of the injector's clock */
  cycle_count: number;
  /** seconds since this gateway started */
  uptime: number;
  /** how far the remediator may go */
  mode: Mode;
  /** what injector and remediator enforce, and how old their word is */
  enforced: EnforcedBody;
  /** why the stored configuration cannot be read: then repair is off and the campaign stopped */
  config_fault: string | null;
  /** of the product */
  version: string;
  /** names the stored state: another one after a fresh start or with another network */
  instance: string;
  /** `up` or `down`, by the name of the service */
  services: Record<string, string>;
  /** the stabilizer's word; blind: no telemetry comes */
  network_state: NetworkState | null;
  /** % of the nodes that are neither degraded nor down */
  health_percentage: number | null;
  /** network time of the newest sample */
  timestamp: string;
  /** whether others than this machine reach the gateway, which asks nobody who they are */
  unauthenticated: boolean;
}

/** The body of `GET /api/status`, when anything but the time in it changed. */
export interface StatusFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  event: "status_update";
  data: StatusBody;
}

/** The network in nine figures; averages are over the nodes that answer. */
export interface Summary {
  /** how many nodes there are */
  total_nodes: number;
  /** nodes without any trouble */
  healthy: number;
  /** nodes that only suffer from trouble elsewhere */
  affected: number;
  /** nodes that answer and have trouble of their own */
  degraded: number;
  /** nodes that cannot be reached */
  down: number;
  /** % */
  avg_cpu: number;
  /** % */
  avg_memory: number;
  /** ms */
  avg_latency: number;
  /** % */
  avg_packet_loss: number;
}

/** The plain limits that the detector's rules use: %, %, ms, %. */
export interface Thresholds {
  /** limit of a node's CPU, % */
  cpu_usage: number;
  /** limit of a node's memory, % */
  memory_usage: number;
  /** limit of latency, ms */
  latency: number;
  /** limit of packet loss, % */
  packet_loss: number;
}

/** Something that happened to an incident, and who did it. */
export interface TimelineEntry {
  /** when */
  at: string;
  /** what happened */
  what: string;
  /** the service or the person */
  by: string;
}

/** `GET /api/topology`. */
export interface TopologyBody {
  /** every node */
  nodes: Array<NodeBody>;
  /** every link */
  links: Array<LinkBody>;
  /** network time of the newest sample */
  timestamp: string;
}

/** The nodes whose type, status or connections changed, and the links of which anything changed. A node of which only metrics changed is not here but in `metrics_update`. */
export interface TopologyChange {
  nodes: Array<NodeBody>;
  links: Array<LinkBody>;
  timestamp: string;
  /** ids of nodes and links that are gone; left out in an answer */
  removed?: Array<string>;
}

/** Nodes and links; whole: the body of `GET /api/topology`. */
export interface TopologyFrame {
  /** opaque; to be given as `?since=` when the connection is made anew */
  seq: string;
  /** true in an answer to `request_data`; else left out */
  whole?: boolean;
  event: "topology_update";
  data: TopologyChange;
}

export type Frame = SnapshotFrame | MetricsFrame | TopologyFrame | LogsFrame | IncidentsFrame | CycleFrame | StatusFrame | ErrorFrame;
