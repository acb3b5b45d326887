import type {
  CampaignEtaView,
  ComparisonView,
  FactorsView,
  NewComparison,
  NewSerialPlan,
  SerialPlanView,
  SeriesView,
  VerdictsView,
} from '@gauntlet/shared/contracts/analysis';

/** What the edge can ask of the analysis; each rejects with AppError as the other use cases do. */
export interface AnalysisUseCases {
  readVerdicts(campaignId: string): Promise<VerdictsView>;
  readSeries(campaignId: string, filter: { bucketId?: string | undefined }): Promise<SeriesView>;
  readFactors(campaignId: string, filter: { bucketId?: string | undefined }): Promise<FactorsView>;
  readEta(
    campaignId: string,
    pace: { hoursPerNight?: number | undefined },
  ): Promise<CampaignEtaView>;
  registerSerialPlan(plan: NewSerialPlan): Promise<SerialPlanView>;
  getSerialPlan(id: string): Promise<SerialPlanView>;
  createComparison(comparison: NewComparison): Promise<ComparisonView>;
  getComparison(id: string): Promise<ComparisonView>;
}
